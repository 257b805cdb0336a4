"""Out of a shared room, and many incidents into one."""

import pytest

from bot.domain.errors import Misuse
from bot.domain.events import news, rooms, storms
from bot.domain.incident import Incident, Reference
from bot.domain.people import Person
from tests.commands.desk import ALICE, BOB, ELSEWHERE, ROOM, Desk

ALICES = (Reference("PALICE1", "Alice"), Reference("PBOB222", "Bob"))


def sharing(desk: Desk, pagerduty_id: str, umbrella: Incident) -> Incident:
    """An incident whose card is a message in the room of another."""
    introduced = desk.incident(pagerduty_id, room=None, assignees=ALICES)
    room = {"umbrella": umbrella.number, "channel": ROOM, "name": "storm", "url": "", "is_private": False, "kin": 11}
    desk.record(storms.RoomShared, introduced, **room)
    return desk.record(rooms.RoomFurnished, introduced, part="card", message_ts=f"{introduced.number}.0")


def test_in_the_thread_below_a_card_its_incident_is_meant(desk: Desk) -> None:
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    desk.says("ack", thread_ts="2.0")
    assert (desk.kinds("INC-1"), desk.kinds("INC-2")[-1]) == ([], "acknowledge.requested")
    desk.says("ack")
    assert desk.kinds("INC-1") == ["acknowledge.requested"]


def test_its_button_works_in_the_room_it_shares(desk: Desk) -> None:
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    desk.owed("open_room")  # when they were introduced
    desk.presses("promote", "INC-2")
    it = desk.now_is(2)
    assert (it.room, it.promoted and it.promoted.by) == (None, ALICE.actor)
    assert len(desk.owed("open_room")) == 1
    assert desk.kinds("INC-2")[-1] == "room.promoted"


@pytest.mark.parametrize(("room", "has"), [(ROOM, "has a room of its own"), (None, "has no room yet")])
def test_only_what_shares_a_room_can_leave_it(desk: Desk, room: str | None, has: str) -> None:
    desk.incident("Q1", room=room)
    with pytest.raises(Misuse, match=has):
        desk.says("promote INC-1", channel=ELSEWHERE)


def test_what_is_over_needs_no_room(desk: Desk) -> None:
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    desk.news(news.Resolved, "Q2")
    with pytest.raises(Misuse, match="is resolved"):
        desk.says("promote INC-2")


def test_all_that_share_the_room_and_are_open_are_merged(desk: Desk) -> None:
    umbrella = desk.incident("Q1", assignees=ALICES)
    for pagerduty_id in ("Q2", "Q3", "Q4"):
        sharing(desk, pagerduty_id, umbrella)
    desk.news(news.Resolved, "Q3")
    assert desk.presses("merge", "INC-1").quiet
    assert sorted(desk.last()["sources"]) == [2, 4]
    assert "merge" in desk.now_is().pending


def test_or_only_those_that_are_named(desk: Desk) -> None:
    umbrella = desk.incident("Q1", assignees=ALICES)
    sharing(desk, "Q2", umbrella)
    desk.incident("Q3", room=None, assignees=ALICES)
    reply = desk.says("merge INC-1 INC-3", channel=ELSEWHERE)
    assert reply.text == "Merging 1 incident into INC-1 in PagerDuty as you."
    assert desk.last()["sources"] == [3]


EVE = Person("Eve", "eve@example.com", "UEVE", "PEVE333")
EVES = (Reference("PEVE333", "Eve"),)


def test_whoever_may_merge_into_the_first_merges_none_of_what_they_do_not_respond_to(desk: Desk) -> None:
    umbrella = desk.incident("Q1", assignees=EVES)
    for pagerduty_id in ("Q2", "Q3", "Q4"):
        sharing(desk, pagerduty_id, umbrella)
    refused = desk.presses("merge", "INC-1", by=EVE)
    assert refused.text == "You may merge none of those that share the room of INC-1."
    assert desk.last()["verb"] == "merge"
    desk.news(news.Reassigned, "Q3", assignees=EVES)
    reply = desk.presses("merge", "INC-1", by=EVE)
    assert reply.text.endswith("as you. Left out, since you may not merge them: INC-4, INC-2.")
    assert not reply.quiet
    assert list(desk.last()["sources"]) == [3]


def test_a_name_alone_never_merges_it_into_the_room_one_is_in(desk: Desk) -> None:
    """`merge INC-2` keeps INC-2; nothing shares its room, so nothing happens."""
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    with pytest.raises(Misuse, match="Nothing open shares the room of INC-2"):
        desk.says("merge INC-2")
    assert desk.kinds("INC-1") == []


def test_of_two_who_merge_the_second_hears_who_was_first(desk: Desk) -> None:
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    desk.says("merge")
    assert desk.says("merge", by=BOB).text.startswith("Alice asked to merge INC-1")
    assert desk.kinds().count("merge.requested") == 1


def test_nothing_is_merged_into_what_is_over_nor_what_is_over_into_it(desk: Desk) -> None:
    sharing(desk, "Q2", desk.incident("Q1", assignees=ALICES))
    desk.news(news.Resolved, "Q2")
    with pytest.raises(Misuse, match="is resolved already"):
        desk.says("merge INC-1 INC-2")
    desk.news(news.Resolved, "Q1")
    assert "Nothing was changed" in desk.says("merge INC-1 INC-2").text
    assert "merge.requested" not in desk.kinds()


@pytest.mark.parametrize(("said", "told"), [("merge INC-1 now", "I know no incident"), ("merge", "Into which")])
def test_who_is_not_clear_is_told_how_to_say_it(desk: Desk, said: str, told: str) -> None:
    desk.incident("Q1", room=None, assignees=ALICES)
    with pytest.raises(Misuse, match=told):
        desk.says(said, channel=ELSEWHERE)
