"""note, lead, declare: what people say becomes a fact."""

import contextlib
import json
from dataclasses import replace

import pytest

from bot.domain.errors import Misuse
from bot.domain.events import news
from bot.domain.incident import Reference
from bot.domain.people import Actor, Person
from commands import WrongField
from commands.perform import perform
from tests.commands.desk import ALICE, BOB, ELSEWHERE, GUEST, ROOM, Desk


def test_a_note_is_kept_as_it_was_meant(desk: Desk) -> None:
    desk.incident()
    reply = desk.says("note 3 pods can't start: see &lt;log&gt; <https://x.test/1|here>")
    assert reply.quiet
    assert desk.last()["note"] == "3 pods can't start: see <log> https://x.test/1"
    assert [job["note"] for job in desk.owed("annotate")] == [desk.last()["note"]]


@pytest.mark.parametrize("unkeepable", ["\x00", "\ud800"], ids=["NUL", "half a pair"])
@pytest.mark.parametrize("verb", ["note", "list", "changes", "change", "deploy", "deploy checkout", "redact"])
def test_what_no_database_can_keep_fails_nothing(desk: Desk, verb: str, unkeepable: str) -> None:
    desk.incident()
    with contextlib.suppress(Misuse):  # a sentence that says how, for those that found no sense in it
        assert desk.says(f"{verb} my password is Tr0ub4dor{unkeepable}-3x9Q: oops").text
    assert desk.submits("note", {"incident": "INC-1", "note": f"restarted{unkeepable}"}).text
    assert "restarted" in desk.last()["note"]


def test_numbers_may_be_the_whole_note(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.says("note 2 2")
    assert desk.last("INC-1")["note"] == "2 2"


def test_a_note_from_elsewhere_is_answered(desk: Desk) -> None:
    desk.incident()
    reply = desk.says("note INC-1 replica promoted", channel=ELSEWHERE)
    assert reply.text == "Noted on INC-1; PagerDuty gets the note too."
    assert not reply.quiet
    assert desk.last()["note"] == "replica promoted"


def test_another_incident_may_be_mentioned_in_a_note(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.says("note INC-1 INC-2 has the same cause", channel=ELSEWHERE)
    assert desk.last("INC-1")["note"] == "INC-2 has the same cause"


def test_a_note_without_words_opens_a_form(desk: Desk) -> None:
    desk.incident()
    reply = desk.presses("note", "INC-1")
    assert reply.form
    assert reply.form.view["callback_id"] == "form:note"
    assert json.loads(reply.form.view["private_metadata"])["incident"] == 1
    assert desk.kinds() == []


def test_where_no_form_can_be_opened_it_is_said_how_to_type_it(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="note replica promoted"):
        desk.says("note", trigger_id=None)


def test_a_submitted_note_is_the_same_as_a_typed_one(desk: Desk) -> None:
    desk.incident()
    desk.submits("note", {"incident": "1", "note": "a < b"}, channel=ELSEWHERE)
    assert desk.last()["note"] == "a < b"
    assert desk.kinds() == ["note.written"]


def test_an_empty_form_names_its_field(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(WrongField) as wrong:
        desk.submits("note", {"incident": "1", "note": "  "})
    assert wrong.value.field == "note"


def test_the_same_note_submitted_again_is_kept_once(desk: Desk) -> None:
    desk.incident()
    for _ in range(2):
        desk.says("note hello", id="same")
    assert desk.kinds() == ["note.written"]


def test_lead_is_taken_by_whoever_asks(desk: Desk) -> None:
    desk.incident()
    desk.presses("lead", "INC-1")
    assert desk.now_is().lead == ALICE.actor
    assert desk.says("lead").text == "You already lead INC-1. Nothing was changed."
    assert desk.kinds() == ["role.lead_taken"]


def test_lead_is_given_to_whoever_is_mentioned(desk: Desk) -> None:
    desk.incident()
    desk.run(lambda tx: tx.remember_person(BOB))
    desk.says("lead <@UBOB|bobby>")
    assert desk.now_is().lead == BOB.actor
    assert desk.says("lead <@UBOB|bobby>").text == "Bob already leads INC-1. Nothing was changed."


EVE = Person("Eve", "eve@example.com", "UEVE", "PEVE333")


@pytest.mark.parametrize("deed", ["lead", "ack", "resolve"])
def test_what_everybody_may_do_opens_nothing_that_is_dangerous(desk: Desk, deed: str) -> None:
    desk.incident()
    desk.says(deed, by=EVE)
    desk.news(news.Acknowledged, by=Actor("responder", "PEVE333", "Eve"), assignees=(Reference("PEVE333", "Eve"),))
    assert desk.says("redact INC-1 1", by=EVE).text == "Only its responders or admins can redact INC-1."


def test_whom_a_responder_gives_the_lead_responds_and_whom_another_gives_it_does_not(desk: Desk) -> None:
    desk.incident()
    desk.run(lambda tx: tx.remember_person(EVE))
    mallory = replace(EVE, name="Mallory", email="mallory@example.com", slack_id="UMAL", pagerduty_id="PMAL")
    desk.says("lead <@UEVE>", by=mallory)
    assert desk.says("redact INC-1 1", by=EVE).refused
    desk.says("lead", by=ALICE)
    desk.says("lead <@UEVE>", by=ALICE)
    assert not desk.says("redact INC-1 1", by=EVE).refused


def test_the_lead_of_a_room_is_not_taken_from_outside_of_it(desk: Desk) -> None:
    desk.incident()
    desk.facts_about[("room", ROOM)] = False
    refused = desk.says("lead INC-1", by=EVE, channel=ELSEWHERE)
    assert refused.text == "Only people in its room or admins can lead INC-1. Join #c0room first."


def test_a_guest_is_not_given_the_lead(desk: Desk) -> None:
    desk.incident()
    desk.run(lambda tx: tx.remember_person(GUEST))
    with pytest.raises(Misuse, match="Greta cannot lead"):
        desk.says("lead <@UGRETA>")


@pytest.mark.parametrize(("known", "why"), [(False, "does not know them"), (None, "does not say who that is")])
def test_the_lead_goes_to_nobody_whom_slack_does_not_describe(desk: Desk, known: bool | None, why: str) -> None:
    desk.incident()
    desk.facts_about[("person", "UNOBODY")] = known
    with pytest.raises(Misuse, match=why):
        desk.says("lead <@UNOBODY|nobody>")


def test_a_name_that_is_no_mention_is_not_guessed(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="I do not know who “bob” is"):
        desk.says("lead bob")


@pytest.mark.parametrize(
    ("text", "title", "service", "urgency"),
    [
        ('"Pay is <b>slow</b>" on "Payments API" low', "Pay is <b>slow</b>", "PPAYME1", "low"),
        ('"Nobody can pay" high on payments api', "Nobody can pay", "PPAYME1", "high"),
        ("“Nobody can pay” on PPAYME1", "Nobody can pay", "PPAYME1", "high"),
        ("the lamp is on in the cellar on checkout", "the lamp is on in the cellar", "PCHECK1", "high"),
        ("high latency on checkout low", "high latency", "PCHECK1", "low"),
    ],
)
def test_an_incident_is_declared_in_one_line(desk: Desk, text: str, title: str, service: str, urgency: str) -> None:
    reply = desk.says(f"declare {text}", channel=ELSEWHERE)
    assert reply.text.startswith("Declared INC-1 on ")
    told = desk.last()
    assert (told["title"], told["service_id"], told["urgency"]) == (title, service, urgency)
    assert told["incident_key"] == desk.now_is().incident_key
    assert len(told["incident_key"]) == len("muster-") + 32
    assert [job["title"] for job in desk.owed("declare")] == [title]


@pytest.mark.parametrize("text", ["", "checkout is slow", "the database is on fire", '"Pay is slow" low'])
def test_what_was_not_said_is_asked_in_a_form(desk: Desk, text: str) -> None:
    reply = desk.says(f"declare {text}", channel=ELSEWHERE)
    assert reply.form
    inputs = {block["block_id"]: block["element"] for block in reply.form.view["blocks"] if block["type"] == "input"}
    assert {"title", "service", "urgency"} <= set(inputs)
    assert inputs["title"].get("initial_value", "") == text.replace('"', "").removesuffix(" low")


def test_a_message_that_was_pointed_at_is_never_declared_at_once(desk: Desk) -> None:
    call = desk.call(by=ALICE, channel=ELSEWHERE, text='"Nobody pays" on checkout\nsince noon', origin="slack.shortcut")
    reply = desk.run(lambda tx: perform(tx, "declare", call))
    assert reply.form
    inputs = {block["block_id"]: block["element"] for block in reply.form.view["blocks"] if block["type"] == "input"}
    assert inputs["title"]["initial_value"] == '"Nobody pays" on checkout'
    assert inputs["description"]["initial_value"].endswith("since noon")
    assert desk.run(lambda tx: tx.incidents()) == []


def test_an_unknown_service_gets_the_nearest(desk: Desk) -> None:
    with pytest.raises(WrongField, match="Did you mean checkout") as wrong:
        desk.says('declare "Nobody can pay" on chekout')
    assert wrong.value.field == "service"


def test_a_submitted_form_declares_with_its_description(desk: Desk) -> None:
    fields = {"title": "Nobody can pay", "service": "PCHECK1", "urgency": "low", "description": "since noon"}
    desk.submits("declare", fields, channel=ELSEWHERE)
    assert {name: desk.last()[name] for name in ("title", "urgency", "description")} == {
        "title": "Nobody can pay", "urgency": "low", "description": "since noon",
    }  # fmt: skip


def test_the_same_declaration_again_is_the_same_incident(desk: Desk) -> None:
    first = desk.says('declare "Nobody can pay" on checkout', id="same")
    assert desk.says('declare "Nobody can pay" on checkout', id="same") == first
    assert desk.run(lambda tx: len(tx.incidents())) == 1


def test_a_title_too_long_for_pagerduty_is_not_cut(desk: Desk) -> None:
    with pytest.raises(WrongField, match="at most 1024"):
        desk.says(f'declare "{"x" * 1025}" on checkout')
