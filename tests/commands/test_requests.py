"""ack, resolve, reopen: what stands decides what is asked of PagerDuty."""

import pytest
from freezegun import freeze_time

from bot.domain.errors import Misuse
from bot.domain.events import news, requests
from bot.domain.incident import Reference
from tests.commands.desk import ALICE, BOB, ELSEWHERE, Desk, buttons


def test_an_acknowledgement_is_asked_for_as_the_person_who_asks(desk: Desk) -> None:
    desk.incident()
    reply = desk.says("ack")
    assert reply.text == "Acknowledging INC-1 in PagerDuty as you."
    assert desk.kinds() == ["acknowledge.requested"]
    assert desk.now_is().pending["acknowledge"].by == ALICE.actor
    assert [job["asker"] for job in desk.owed("acknowledge")] == [ALICE.slack_id]


def test_a_press_on_the_card_needs_no_words_because_the_card_tells(desk: Desk) -> None:
    desk.incident()
    assert desk.presses("ack", "INC-1").quiet
    assert desk.kinds() == ["acknowledge.requested"]


def test_a_press_about_several_is_silent_only_when_every_card_is_here(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    reply = desk.presses("ack", "INC-1 INC-2", is_private=True)
    assert not reply.quiet
    assert "Acknowledging INC-2" in reply.text


def test_a_second_press_says_who_was_first_and_asks_nothing(desk: Desk) -> None:
    desk.incident()
    desk.presses("ack", "INC-1")
    reply = desk.presses("ack", "INC-1", by=BOB)
    assert reply.text.startswith("Alice asked to acknowledge INC-1, ")
    assert "already on its way" in reply.text
    assert not reply.quiet
    assert desk.kinds() == ["acknowledge.requested"]


def test_one_who_asks_twice_is_told_that_it_was_themselves(desk: Desk) -> None:
    desk.incident()
    desk.says("ack")
    assert desk.says("ack").text.startswith("You asked to acknowledge INC-1, ")


def test_what_is_on_its_way_says_why_it_is_late(desk: Desk) -> None:
    incident = desk.incident()
    desk.says("ack")
    desk.record(requests.RequestDelayed, incident, verb="acknowledge", asker=ALICE.actor, reason="PagerDuty is <down>")
    assert "It is late: PagerDuty is &lt;down&gt;." in desk.says("ack", by=BOB).text


def test_acknowledging_what_is_acknowledged_says_who_was_first_and_when(desk: Desk) -> None:
    with freeze_time("2026-03-01 14:05"):
        desk.incident()
        desk.news(news.Acknowledged)
    reply = desk.says("ack")
    assert reply.text.startswith("Bob acknowledged INC-1, <!date^1772373900^")
    assert "2026-03-01 14:05 UTC" in reply.text
    assert reply.text.endswith("Nothing was changed.")
    assert desk.kinds() == ["incident.acknowledged"]


def test_acknowledging_what_is_resolved_never_reopens_it_but_offers_to(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved)
    reply = desk.presses("ack", "INC-1")
    assert reply.text.startswith("Bob resolved INC-1, ")
    assert buttons(reply) == [("reopen", "INC-1")]
    assert desk.kinds()[-1] == "incident.resolved"
    assert not desk.owed("reopen")


def test_acknowledging_what_is_being_resolved_asks_nothing(desk: Desk) -> None:
    desk.incident()
    desk.says("resolve", by=BOB)
    assert "Bob asked to resolve INC-1" in desk.says("ack").text
    assert desk.kinds() == ["resolve.requested"]


def test_several_are_acknowledged_at_once(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    reply = desk.says("ack INC-1, 2")
    assert reply.text.splitlines() == [f"Acknowledging INC-{n} in PagerDuty as you." for n in (1, 2)]
    assert desk.kinds("INC-1") == desk.kinds("INC-2") == ["acknowledge.requested"]


def test_one_unknown_among_several_changes_nothing(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match=r"There is no INC-9 that you may see\."):
        desk.says("ack INC-1 INC-9")
    assert desk.kinds() == []


def test_the_same_use_again_has_no_second_effect(desk: Desk) -> None:
    desk.incident()
    desk.says("ack", id="same")
    desk.news(news.Acknowledged)
    desk.news(news.Unacknowledged)
    desk.says("ack", id="same")
    assert desk.kinds().count("acknowledge.requested") == 1
    assert "acknowledge" not in desk.now_is().pending


def test_a_summary_goes_with_the_resolution(desk: Desk) -> None:
    desk.incident()
    assert desk.says("resolve 3 pods restarted &amp; stable").text == "Resolving INC-1 in PagerDuty as you."
    assert desk.last()["resolution"] == "3 pods restarted & stable"


def test_numbers_alone_are_incidents_to_resolve(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.says("resolve 2")
    assert desk.kinds("INC-2") == ["resolve.requested"]
    assert desk.kinds("INC-1") == []


def test_a_number_before_words_is_asked_about_where_no_room_tells(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="Do you mean INC-1"):
        desk.says("resolve 1 pod restarted", channel=ELSEWHERE)


def test_resolving_what_is_resolved_says_by_whom_and_offers_to_reopen(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved, by=ALICE.actor)
    reply = desk.says("resolve")
    assert reply.text.startswith("You resolved INC-1, ")
    assert buttons(reply) == [("reopen", "INC-1")]
    assert desk.kinds()[-1] == "incident.resolved"


def test_resolving_twice_says_that_it_is_on_its_way(desk: Desk) -> None:
    desk.incident()
    desk.says("resolve fixed")
    assert "already on its way" in desk.says("resolve", by=BOB).text
    assert desk.kinds() == ["resolve.requested"]


def test_what_is_resolved_is_reopened_on_purpose(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved)
    assert desk.says("reopen").text == "Reopening INC-1 in PagerDuty as you."
    assert desk.kinds() == ["incident.resolved", "reopen.requested"]
    assert "already on its way" in desk.says("reopen", by=BOB).text


def test_what_is_open_is_not_reopened(desk: Desk) -> None:
    desk.incident()
    assert desk.says("reopen").text == "INC-1 is open: it is triggered. Nothing was changed."
    assert desk.kinds() == []


def test_what_was_merged_is_not_reopened_but_pointed_on_from(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved, merged_into=Reference("Q9", "[#9] Everything", "https://acme.test/incidents/Q9"))
    assert "merged into <https://acme.test/incidents/Q9|[#9] Everything>" in desk.says("reopen").text
    assert desk.kinds() == ["incident.resolved"]


def test_bare_reopen_elsewhere_only_asks_which(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Acknowledged, by=ALICE.actor)
    desk.news(news.Resolved)
    reply = desk.says("reopen", channel=ELSEWHERE)
    assert buttons(reply) == [("reopen", "INC-1")]
    assert desk.kinds()[-1] == "incident.resolved"
