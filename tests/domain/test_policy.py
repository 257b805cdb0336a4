"""The decision, without anybody to ask: facts in, a sentence or nothing out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.incident import Deed, Incident, Reference
from bot.domain.people import Actor, Person, Standing
from bot.domain.policy import TABLE, UNLISTED, Asker, Facts, Policy, Question, Unasked
from bot.domain.room import WarRoom
from bot.domain.routing import Routing, Rule
from commands import COMMANDS

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROOM = WarRoom("C1", "inc-1", NOW, invited=("UALICE",))
OPEN = Incident(
    1, room=ROOM, lead=Actor("responder", "ULENA", "Lena"), is_lead_appointed=True, responders=(Reference("PRITA"),)
)  # fmt: skip
HIDDEN = replace(OPEN, room=replace(ROOM, is_private=True))
BOB = Person("Bob", "bob@example.com", "UBOB", "PBOB")
IN: Facts = {("room", "C1"): True, ("linked", ""): True}
OUT: Facts = {("room", "C1"): False, ("linked", ""): True}


def decided(
    verb: str, person: Person = BOB, facts: Facts = OUT, about: Incident | None = OPEN, **policy: object
) -> str:
    return Policy(**policy).refusal(verb, Asker(person, facts), about) or ""  # type: ignore[arg-type]


def test_every_verb_has_a_rule_and_every_rule_a_verb() -> None:
    assert set(TABLE) == {command.same_as or command.name for command in COMMANDS.values()}


@pytest.mark.parametrize("person", [
    replace(BOB, slack_id="UALICE"), replace(BOB, slack_id="ULENA"), replace(BOB, pagerduty_id="PRITA"),
    replace(BOB, standing="admin"),
])  # fmt: skip
def test_whoever_was_invited_leads_was_added_or_is_an_admin_responds_without_being_asked_for(person: Person) -> None:
    assert decided("reopen", person, {("linked", ""): True}) == ""


@pytest.mark.parametrize("deed", ["lead", "acknowledged", "resolved", "volunteers"])
@pytest.mark.parametrize("verb", ["merge", "reopen", "redact"])
def test_nobody_becomes_a_responder_by_their_own_deed(verb: str, deed: str) -> None:
    by = BOB.actor
    done = {"lead": by, "is_lead_appointed": False} if deed == "lead" else {deed: Deed(by, NOW)}
    if deed == "volunteers":  # PagerDuty assigns it to whoever acknowledges
        done = {"assignees": (Reference("PBOB"),), "volunteers": ("PBOB",)}
    about = replace(OPEN, **done)  # type: ignore[arg-type]
    assert decided(verb, facts=IN, about=about) == f"Only its responders or admins can {verb} INC-1."
    assert decided(verb, facts=IN, about=about, rules={verb: ("lead",)}) == f"Only its lead or admins can {verb} INC-1."


def test_whoever_is_assigned_or_declared_it_responds() -> None:
    for known in ({"assignees": (Reference("PBOB"),)}, {"declared_by": BOB.actor}):
        assert decided("redact", about=replace(OPEN, **known)) == ""  # type: ignore[arg-type]


def test_the_lead_is_for_whoever_is_in_the_room() -> None:
    assert decided("lead", facts=IN) == decided("lead", replace(BOB, standing="admin")) == ""
    assert decided("lead") == "Only people in its room or admins can lead INC-1. Join #inc-1 first."


def test_whoever_is_only_in_the_room_may_do_what_its_people_may() -> None:
    rules = {"ack": ("room",)}
    assert decided("ack", facts=IN, rules=rules) == ""
    only = "Only people in its room or admins can ack INC-1. Join #inc-1 first."
    assert decided("ack", facts=OUT, rules=rules) == only
    assert decided("reopen", facts=IN) == "Only its responders or admins can reopen INC-1."


def test_what_has_not_been_found_out_is_asked_for_and_not_guessed() -> None:
    with pytest.raises(Unasked) as unasked:
        decided("ack", facts={}, rules={"ack": ("room",)})
    assert unasked.value.questions == {("room", "C1")}
    unsaid: Facts = {("room", "C1"): None, ("linked", ""): True}
    assert "Slack does not say" in decided("ack", facts=unsaid, rules={"ack": ("room",)})


def test_without_a_user_in_pagerduty_nobody_acts_there_but_silence_is_no_miss() -> None:
    assert "no PagerDuty user has the address bob@example.com" in decided("ack", facts={**IN, ("linked", ""): False})
    assert "no e-mail address" in decided("ack", replace(BOB, email=None), {**IN, ("linked", ""): False})
    assert decided("ack", facts={**IN, ("linked", ""): None}) == ""
    assert decided("lead", replace(BOB, slack_id="UALICE"), {("linked", ""): False}) == ""


@pytest.mark.parametrize("standing", ["guest", "outsider", "bot", "deactivated"])
def test_strangers_may_nothing_and_nobody_has_to_be_asked_about_them(standing: Standing) -> None:
    stranger = replace(BOB, slack_id="UALICE", standing=standing)
    assert all(decided(verb, stranger, {}) for verb in TABLE)


def test_guests_and_outsiders_come_in_where_a_rule_says_so_and_bots_never() -> None:
    rules = {"note": ("room", "guests", "outsiders")}
    for standing in ("guest", "outsider"):
        assert decided("note", replace(BOB, standing=standing), IN, rules=rules) == ""
        assert decided("note", replace(BOB, standing=standing), OUT, rules=rules)
    for standing in ("bot", "deactivated"):
        assert decided("note", replace(BOB, standing=standing), IN, rules=rules)


def test_a_group_lets_in_who_is_in_it_and_an_admin_group_does_so_everywhere() -> None:
    facts: Mapping[Question, bool | None] = {**OUT, ("group", "@sre"): True, ("group", "@boss"): False}
    assert decided("reopen", facts=facts, rules={"reopen": ("@sre",)}, admins=("@boss",)) == ""
    assert decided("reopen", facts=facts, admins=("@sre",)) == ""
    assert decided("reopen", facts=facts, admins=("@boss",)) == "Only its responders or admins can reopen INC-1."


def test_nobody_is_nobody() -> None:
    assert decided("declare", replace(BOB, standing="admin"), rules={"declare": ("nobody",)}, about=None)


def test_a_verb_nobody_thought_about_is_for_admins() -> None:
    assert UNLISTED.who == ("admins",)
    assert decided("explode", facts=IN)
    assert decided("explode", replace(BOB, standing="admin")) == ""


@pytest.mark.parametrize("verb", ["show", "timeline", "note", "change"])
def test_a_private_room_hides_its_incident_from_whoever_is_not_in_it(verb: str) -> None:
    assert "handled in private" in decided(verb, about=HIDDEN)
    assert decided(verb, about=HIDDEN, facts=IN) == ""
    assert decided(verb, replace(BOB, standing="admin"), about=HIDDEN) == ""
    assert decided(verb, replace(BOB, slack_id="UALICE"), about=HIDDEN) == ""


def test_an_incident_that_is_to_get_a_private_room_is_hidden_before_it_has_one() -> None:
    routing = Routing(default=Rule(private=True))
    assert decided("show", about=Incident(1), routing=routing)
    assert decided("show", about=Incident(1)) == ""


@given(
    verb=st.sampled_from([*TABLE, "explode"]), standing=st.sampled_from(["guest", "outsider", "bot", "deactivated"]),
    rooms=st.booleans(), linked=st.booleans(), about=st.sampled_from([OPEN, HIDDEN, None]),
)  # fmt: skip
def test_no_fact_opens_what_standing_closes(
    verb: str, standing: Standing, rooms: bool, linked: bool, about: Incident | None
) -> None:
    facts: Facts = {("room", "C1"): rooms, ("linked", ""): linked}
    assert decided(verb, replace(BOB, standing=standing), facts, about)
