"""Who may speak at all, and what becomes of a word nobody knows."""

from dataclasses import replace

import pytest

from bot.domain.errors import Misuse
from bot.domain.people import Person, Standing
from commands import ALIASES, COMMANDS
from tests.commands.desk import ALICE, ELSEWHERE, GUEST, Desk, buttons, whole


@pytest.mark.parametrize("standing", ["guest", "outsider", "bot", "deactivated"])
def test_whoever_is_no_member_can_do_nothing_and_the_timeline_says_so(desk: Desk, standing: Standing) -> None:
    desk.incident()
    stranger: Person = replace(ALICE, standing=standing)
    reply = desk.presses("ack", "INC-1", by=stranger)
    assert "cannot use Muster" in reply.text or "Only members" in reply.text
    assert desk.kinds() == ["command.refused"]
    assert desk.last()["verb"] == "ack"


def test_a_refusal_about_no_incident_is_only_said(desk: Desk) -> None:
    assert "Guests" in desk.says("list", by=GUEST, channel=ELSEWHERE).text


def test_a_refusal_is_recorded_on_the_incident_named(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.says("resolve INC-2", by=GUEST)
    assert (desk.kinds("INC-1"), desk.kinds("INC-2")) == ([], ["command.refused"])


def test_a_refusal_of_an_unknown_incident_tells_a_stranger_nothing_more(desk: Desk) -> None:
    assert "Guests" in desk.says("ack INC-99", by=GUEST, channel=ELSEWHERE).text


def test_an_unknown_verb_gets_the_nearest_two_and_no_wall_of_help(desk: Desk) -> None:
    with pytest.raises(Misuse) as refused:
        desk.says("resovle INC-1")
    assert str(refused.value).startswith("I do not know “resovle”. Did you mean `resolve`")
    assert str(refused.value).count("`") <= 4


def test_a_verb_that_is_only_a_button_is_not_suggested(desk: Desk) -> None:
    with pytest.raises(Misuse) as refused:
        desk.says("suspec INC-1")
    assert "suspect" not in str(refused.value)


def test_a_verb_like_nothing_is_pointed_to_help(desk: Desk) -> None:
    with pytest.raises(Misuse, match="/incident help"):
        desk.says("qqqqq")


def test_what_nobody_understands_is_repeated_only_in_part(desk: Desk) -> None:
    with pytest.raises(Misuse) as refused:
        desk.says("x" * 3_000)
    assert len(str(refused.value)) < 150


def test_aliases_run_the_verb_they_stand_for(desk: Desk) -> None:
    desk.incident()
    desk.says("acknowledge")
    assert desk.kinds() == ["acknowledge.requested"]


def test_no_alias_is_claimed_twice() -> None:
    claimed = [name for command in COMMANDS.values() for name in (command.name, *command.aliases)]
    assert len(claimed) == len(set(claimed))
    assert set(ALIASES.values()) <= set(COMMANDS)


def test_help_names_every_listed_verb_and_no_hidden_one(desk: Desk) -> None:
    text = whole(desk.says("help"))
    assert all(f" {command.usage.split()[0]}" in text for command in COMMANDS.values() if command.listed)
    assert "suspect" not in text


def test_help_of_one_verb_says_how_it_is_typed(desk: Desk) -> None:
    reply = desk.says("help close")
    assert reply.text.startswith("`/incident resolve [INC-42 …] [summary]`: ")
    with pytest.raises(Misuse, match="Did you mean `ack`"):
        desk.says("help akc")


def test_bare_in_a_room_shows_its_incident(desk: Desk) -> None:
    desk.incident()
    assert "INC-1 is triggered" in desk.says("").text


def test_bare_elsewhere_lists_mine_and_offers_to_declare(desk: Desk) -> None:
    reply = desk.says("", channel=ELSEWHERE)
    assert reply.text == "Your open incidents: none."
    assert ("declare", "") in [(verb, value.strip()) for verb, value in buttons(reply)]
