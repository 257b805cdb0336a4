"""What follows from what happens to incidents that share a room."""

from collections.abc import Sequence

from bot.domain.events import Event, news, rooms, storms
from bot.domain.incident import Incident, Reference
from bot.domain.job import Job, Priority
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.domain.sharing import GATHERED
from tests.builders import fact, incident, room_opened, told

P1 = Reference("X", "P1")


def shared(**details: object) -> storms.RoomShared:
    room = {"umbrella": 4, "channel": "C4", "name": "storm-4", "url": "", "is_private": False, "kin": 5, **details}
    return fact(storms.RoomShared, **room)


def after(before: Incident | None, event: Event) -> Sequence[Job]:
    return Reactions(Routing()).to(before, event, (before or Incident(5)).after(event))


def lanes(jobs: Sequence[Job]) -> list[tuple[str, str]]:
    return [(job.kind, job.lane) for job in jobs]


def test_one_that_shares_a_room_needs_a_card_people_and_a_link_and_the_umbrella_says_so() -> None:
    jobs = after(incident(number=5), shared())
    assert lanes(jobs) == [
        ("post_card", "INC-5/card"), ("invite", "INC-5/people"), ("link_room", "INC-5/link"),
        ("update_card", "INC-4/card"), ("update_announcement", "INC-4/announcement"),
    ]  # fmt: skip
    assert [(job.incident, job.delay) for job in jobs[3:]] == [(4, GATHERED), (4, GATHERED)]
    furnished = incident(shared(), number=5)
    for part in ("card", "invitations", "link"):
        furnished = furnished.after(fact(rooms.RoomFurnished, part=part))
    assert furnished.room
    assert furnished.room.is_whole


def test_its_card_is_not_pinned_and_its_status_is_not_announced_by_itself() -> None:
    it = incident(shared(), number=5)
    assert lanes(after(it, fact(rooms.RoomFurnished, part="card", message_ts="1.1"))) == []
    assert lanes(after(it, told(news.Resolved, 1))) == [
        ("update_card", "INC-5/card"), ("say", "INC-5/lines"),
        ("update_card", "INC-4/card"), ("update_announcement", "INC-4/announcement"),
    ]  # fmt: skip


def test_a_merge_is_not_said_of_each() -> None:
    merged = told(news.Resolved, 1, merged_into=Reference("Q4", "Cards are refused"))
    assert "say" not in [job.kind for job in after(incident(shared(), number=5), merged)]
    assert "say" in [job.kind for job in after(incident(room_opened(), number=5), merged)]


def test_who_leaves_gets_a_room_before_others_and_its_card_there_leads_on() -> None:
    sharing = incident(shared(), number=5)
    leaving = fact(storms.RoomPromoted, why="asked for")
    (opening, *_) = after(sharing, leaving)
    assert (opening.kind, opening.key, opening.priority) == ("open_room", "open_room:INC-5:1", Priority.FIRST)
    kinds = [job.kind for job in after(sharing.after(leaving), room_opened(channel="C5"))]
    assert "close_former_card" in kinds
    assert "post_card" in kinds


def test_what_becomes_a_p1_is_promoted_and_what_was_one_is_not() -> None:
    raised = told(news.PriorityUpdated, 1, priority=P1)
    for before in (incident(shared(), number=5), incident(number=5)):
        assert "promote" in [job.kind for job in after(before, raised)]
    assert "promote" not in [job.kind for job in after(incident(room_opened(), number=5), raised)]
    assert "promote" not in [job.kind for job in after(incident(number=5, priority=P1), told(news.Acknowledged, 1))]


def test_the_rooms_of_p1s_come_first_and_then_those_that_many_wait_for() -> None:
    for it, priority in (
        (incident(priority=P1), Priority.FIRST),
        (incident(fact(storms.StormBegan, kin=11, within=2.0)), Priority.SHARED),
        (incident(), Priority.URGENT),
        (incident(urgency="low"), Priority.NORMAL),
    ):
        (card, *_) = after(it, room_opened())
        assert (card.kind, card.priority) == ("post_card", priority)


def test_nobody_can_be_promoted_out_of_a_room_that_is_theirs() -> None:
    own = incident(room_opened(), number=5)
    assert own.after(fact(storms.RoomPromoted, why="asked for")) == own
