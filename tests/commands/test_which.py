"""Which incident is meant, and from where a button may be pressed."""

import pytest

from bot.domain.errors import Misuse
from bot.domain.events import news, requests
from bot.domain.incident import Reference
from tests.commands.desk import ALICE, ANNOUNCED, BOB, ELSEWHERE, Desk, buttons, whole

ALICES = (Reference("PALICE1", "Alice"),)


@pytest.mark.parametrize(
    "name", ["INC-1", "inc-1", "1", "PGR0VU2", "<#C0ROOM|inc-1>", "<https://acme.test/incidents/PGR0VU2>"]
)
def test_an_incident_can_be_named_anywhere_in_many_ways(desk: Desk, name: str) -> None:
    desk.incident("PGR0VU2")
    desk.says(f"ack {name}", channel=ELSEWHERE)
    assert desk.kinds() == ["acknowledge.requested"]


def test_a_name_wins_over_the_room(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.says("ack INC-2")
    assert (desk.kinds("INC-1"), desk.kinds("INC-2")) == ([], ["acknowledge.requested"])


def test_outside_a_room_the_only_one_that_is_mine_is_meant(desk: Desk) -> None:
    desk.incident("Q1", assignees=ALICES)
    desk.incident("Q2", room=None)
    desk.says("ack", channel=ELSEWHERE)
    assert (desk.kinds("INC-1"), desk.kinds("INC-2")) == (["acknowledge.requested"], [])


def test_what_i_lead_or_acknowledged_is_mine(desk: Desk) -> None:
    incident = desk.incident("Q1")
    desk.incident("Q2", room=None)
    desk.record(requests.LeadTaken, incident, lead=ALICE.actor)
    desk.news(news.Acknowledged, "Q2", by=BOB.actor)
    assert whole(desk.says("list mine")).count("INC-1") >= 1
    assert "INC-2" not in whole(desk.says("list mine"))
    assert "INC-2" in whole(desk.says("list mine", by=BOB))


def test_where_it_is_not_clear_a_button_for_each_keeps_what_was_said(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    reply = desk.says('note "all quiet"', channel=ELSEWHERE)
    assert buttons(reply) == [("note", 'INC-2 "all quiet"'), ("note", 'INC-1 "all quiet"')]
    assert desk.kinds() == []


def test_a_button_of_the_picker_says_it_again(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None)
    verb, value = buttons(desk.says('note "all quiet"', channel=ELSEWHERE))[0]
    desk.presses(verb, value, channel=ELSEWHERE, is_private=True)
    assert desk.last("INC-2")["note"] == "all quiet"


def test_no_open_incident_is_said_so(desk: Desk) -> None:
    with pytest.raises(Misuse, match="No incident is open"):
        desk.says("ack", channel=ELSEWHERE)


def test_what_is_too_long_for_a_button_is_not_cut(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="Say its name first"):
        desk.says(f"note {'long ' * 500}", channel=ELSEWHERE)


def test_an_unknown_name_is_not_guessed(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="I know no incident “checkout”"):
        desk.says("ack checkout")


def test_a_channel_that_is_no_room_is_said_so(desk: Desk) -> None:
    with pytest.raises(Misuse, match="is not the war room"):
        desk.says("ack <#C0ELSE|random>")


def test_a_button_works_only_where_its_incident_belongs(desk: Desk) -> None:
    desk.incident()
    reply = desk.presses("ack", "INC-1", channel=ELSEWHERE)
    assert reply.text == "That button belongs to INC-1, and this is not its room."
    assert desk.kinds() == ["command.refused"]
    assert desk.now_is().pending == {}


def test_a_button_works_where_the_incident_was_announced(desk: Desk) -> None:
    incident = desk.incident()
    desk.announce(incident)
    desk.presses("ack", "INC-1", channel=ANNOUNCED)
    assert "acknowledge.requested" in desk.kinds()


def test_a_button_in_an_answer_only_i_see_is_as_good_as_typing(desk: Desk) -> None:
    desk.incident()
    desk.presses("ack", "INC-1", channel=ELSEWHERE, is_private=True)
    assert desk.kinds() == ["acknowledge.requested"]
