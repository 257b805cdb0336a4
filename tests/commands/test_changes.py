"""change, changes, suspect, clear: what was deployed, and what people make of it."""

import json
from datetime import timedelta

import pytest
from freezegun import freeze_time

from bot.domain.errors import Misuse
from bot.domain.events import rooms
from bot.domain.incident import Reference
from commands import WrongField
from tests.commands.desk import ALICE, BOB, ELSEWHERE, ROOM, Desk, now, whole

CHECKOUTS = "service:PCHECK1"


def test_a_change_in_a_room_is_on_the_incident_and_its_service(desk: Desk) -> None:
    desk.incident()
    reply = desk.says("change rolled back, see <https://x.test/pr/7>")
    assert reply.quiet
    logged = desk.last()
    assert (logged["summary"], logged["service_id"]) == ("rolled back, see https://x.test/pr/7", "PCHECK1")
    assert list(logged["links"]) == ["https://x.test/pr/7"]
    assert desk.now_is().last_change == logged["summary"]
    [kept] = desk.run(lambda tx: tx.changes(service_id="PCHECK1", since=now() - timedelta(hours=1)))
    assert (kept.id, kept.incident, kept.by) == (logged["change_id"], 1, ALICE.actor)
    assert [job["change_id"] for job in desk.owed("send_change")] == [kept.id]


@pytest.mark.parametrize(
    ("text", "summary", "stream"),
    [
        ("deploy checkout v42", "Deployed checkout v42", CHECKOUTS),
        ("deploy payments api v42 to eu", "Deployed Payments API v42 to eu", "service:PPAYME1"),
        ('deploy "Payments API" v42', "Deployed Payments API v42", "service:PPAYME1"),
        ("checkout: flag off: new basket", "flag off: new basket", CHECKOUTS),
    ],
)
def test_a_change_elsewhere_is_on_the_service_named(desk: Desk, text: str, summary: str, stream: str) -> None:
    reply = desk.says(f"change {text}", channel=ELSEWHERE)
    assert summary in reply.text
    assert desk.last(stream)["summary"] == summary
    assert desk.kinds(stream) == ["service.change.logged"]


def test_a_service_is_found_whatever_slack_made_of_its_name(desk: Desk) -> None:
    desk.run(lambda tx: tx.remember_services([Reference("PRESEA1", "R&D")]))
    desk.says("change deploy R&amp;D v42", channel=ELSEWHERE)
    assert desk.last("service:PRESEA1")["summary"] == "Deployed R&D v42"
    assert "R&amp;D" in desk.says("changes R&amp;D 2h", channel=ELSEWHERE).text
    assert "R&amp;D" in desk.says("list r&amp;d", channel=ELSEWHERE).text


def test_deploy_is_a_word_of_its_own(desk: Desk) -> None:
    desk.says("deploy checkout v42", channel=ELSEWHERE)
    assert desk.last(CHECKOUTS)["summary"] == "Deployed checkout v42"


def test_in_a_room_the_service_of_a_deployment_may_be_left_out(desk: Desk) -> None:
    desk.incident()
    desk.says("change deploy v42")
    assert (desk.last()["summary"], desk.last()["service"]) == ("Deployed v42", "checkout")


def test_in_a_room_another_service_may_be_named(desk: Desk) -> None:
    desk.incident()
    desk.says("change Payments API: cache cleared")
    assert (desk.last()["summary"], desk.last()["service_id"]) == ("cache cleared", "PPAYME1")


@pytest.mark.parametrize("channel", [ROOM, ELSEWHERE])
def test_a_slip_in_a_service_name_is_not_taken_for_a_version(desk: Desk, channel: str) -> None:
    desk.incident()
    with pytest.raises(WrongField, match="Did you mean checkout"):
        desk.says("change deploy chekout v42", channel=channel)
    assert desk.kinds() == []


@pytest.mark.parametrize("text", ["", "restarted everything"])
def test_a_change_without_a_service_is_asked_for_in_a_form(desk: Desk, text: str) -> None:
    reply = desk.says(f"change {text}", channel=ELSEWHERE)
    assert reply.form
    [summary] = [block for block in reply.form.view["blocks"] if block.get("block_id") == "summary"]
    assert summary["element"].get("initial_value", "") == text


def test_the_form_of_a_room_knows_its_incident(desk: Desk) -> None:
    desk.incident()
    reply = desk.presses("change", "INC-1")
    assert reply.form
    assert json.loads(reply.form.view["private_metadata"])["incident"] == 1


def test_a_submitted_form_logs_the_same(desk: Desk) -> None:
    desk.incident()
    fields = {"incident": "1", "summary": "flag off", "service": "PCHECK1", "link": "https://x.test/pr/7"}
    desk.submits("change", fields)
    assert (desk.last()["summary"], list(desk.last()["links"])) == ("flag off", ["https://x.test/pr/7"])
    assert desk.kinds() == ["change.logged"]


def test_a_link_that_is_none_is_said_at_its_field(desk: Desk) -> None:
    with pytest.raises(WrongField) as wrong:
        desk.submits("change", {"summary": "flag off", "service": "PCHECK1", "link": "javascript:x"})
    assert wrong.value.field == "link"


def test_the_same_change_again_is_logged_once(desk: Desk) -> None:
    for _ in range(2):
        desk.says("change checkout: flag off", channel=ELSEWHERE, id="same")
    assert desk.kinds(CHECKOUTS) == ["service.change.logged"]
    assert len(desk.run(lambda tx: tx.changes(service_id="PCHECK1", since=now() - timedelta(hours=1)))) == 1


def test_changes_lists_ours_at_once_and_asks_pagerduty_for_its_own(desk: Desk) -> None:
    desk.says("change checkout: flag off", channel=ELSEWHERE)
    reply = desk.says("changes checkout 2h", channel=ELSEWHERE, response_url="https://hooks.test/1")
    assert "flag off" in whole(reply)
    assert "the last 2 h" in reply.text
    [asked] = desk.owed("show_changes")
    assert (asked["service_id"], asked["user"], asked["response_url"]) == ("PCHECK1", "UALICE", "https://hooks.test/1")


def test_changes_go_back_only_as_far_as_asked(desk: Desk) -> None:
    with freeze_time("2026-03-01 12:00") as clock:
        desk.says("change checkout: flag off", channel=ELSEWHERE)
        clock.tick(timedelta(hours=3))
        assert "flag off" not in whole(desk.says("changes checkout 2h", channel=ELSEWHERE))
        assert "flag off" in whole(desk.says("changes checkout 1d", channel=ELSEWHERE))


def test_changes_in_a_room_are_those_of_its_service(desk: Desk) -> None:
    desk.incident()
    desk.says("change Payments API: cache cleared", channel=ELSEWHERE)
    reply = desk.says("changes")
    assert "checkout" in reply.text
    assert "cache cleared" not in whole(reply)


def test_changes_of_no_service_in_particular_are_all_of_ours(desk: Desk) -> None:
    desk.says("change Payments API: cache cleared", channel=ELSEWHERE)
    assert "cache cleared" in whole(desk.says("changes", channel=ELSEWHERE))
    assert desk.owed("show_changes") == []


def test_changes_of_an_unknown_service_get_the_nearest(desk: Desk) -> None:
    with pytest.raises(Misuse, match="Did you mean Payments API"):
        desk.says("changes payment api 2h", channel=ELSEWHERE)


def test_a_change_is_suspected_and_cleared_by_a_press(desk: Desk) -> None:
    desk.list_changes(desk.incident(), "Deployed checkout v41", "Deployed checkout v42")
    assert desk.presses("suspect", "INC-1 CH2").quiet
    desk.presses("clear", "INC-1 CH2", by=BOB)
    assert desk.kinds()[-2:] == ["change.suspected", "change.cleared"]
    room = desk.now_is().room
    assert room
    assert [(one.verdict, one.judged_by) for one in room.changes] == [(None, None), ("cleared", "Bob")]


def test_the_same_verdict_again_says_who_was_first(desk: Desk) -> None:
    desk.list_changes(desk.incident(), "Deployed checkout v42")
    desk.presses("suspect", "INC-1 CH1")
    assert desk.presses("suspect", "INC-1 CH1", by=BOB).text == "Alice has said so already. Nothing was changed."
    assert desk.kinds().count("change.suspected") == 1


def test_a_change_that_is_not_listed_is_not_judged(desk: Desk) -> None:
    desk.list_changes(desk.incident(), "Deployed checkout v42")
    with pytest.raises(Misuse, match="is not listed"):
        desk.presses("suspect", "INC-1 CH9")
    assert "change.suspected" not in desk.kinds()


def test_a_change_of_an_incident_handled_in_private_is_listed_for_those_who_may_see_it(desk: Desk) -> None:
    desk.record(rooms.RoomOpened, desk.incident(room=None), channel=ROOM, name="x", is_private=True, why="x", url="")
    desk.says("change rotated the leaked key", by=BOB)
    desk.says("change deploy checkout v42", channel=ELSEWHERE)
    desk.facts_about[("room", ROOM)] = False
    assert "leaked key" not in str(desk.says("changes checkout", by=ALICE, channel=ELSEWHERE))
    assert [job["seen"] for job in desk.owed("show_changes")] == [[]]
    desk.facts_about[("room", ROOM)] = True
    assert "leaked key" in str(desk.says("changes checkout", by=ALICE, channel=ELSEWHERE))
    assert [job["seen"] for job in desk.owed("show_changes")] == [[1]]


@pytest.mark.parametrize("said", ["show INC-{}", "note {} pods", "note INC-{} pods", "redact INC-{} 1", "redact {}"])
def test_what_is_handled_in_private_is_to_others_as_if_it_were_not_there(desk: Desk, said: str) -> None:
    desk.record(rooms.RoomOpened, desk.incident(room=None), channel=ROOM, name="x", is_private=True, why="x", url="")
    desk.facts_about[("room", ROOM)] = False

    def answer(number: int) -> str:
        try:
            return desk.says(said.format(number), channel=ELSEWHERE).text.replace(f"INC-{number}", "INC")
        except Misuse as misuse:
            return str(misuse).replace(f"INC-{number}", "INC")

    assert answer(1) == answer(7)
