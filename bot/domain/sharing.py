"""When incidents share a room, the bot does that: the part of `reactions` that is about storms."""

from collections.abc import Iterable

from bot.domain.events import rooms, storms
from bot.domain.happening import Happening
from bot.domain.job import Job, Priority

GATHERED = 5.0  # seconds over which what happens below an umbrella is one edit of its card and its announcement


def furnish_thread(it: Happening) -> Iterable[Job]:
    """Its card is a message in the shared room, what is said of it that message's thread."""
    yield it.job("post_card", "card")
    yield it.job("invite", "people")
    yield it.job("link_room", "link", priority=Priority.COSMETIC)


def tell_umbrella(it: Happening) -> Iterable[Job]:
    """Its card and its announcement say how many there are, and how many are still open."""
    if not isinstance(it.event, storms.RoomShared | storms.RoomPromoted) and not it.moved("status"):
        return
    rooms_then_and_now = [incident.room for incident in (it.before, it.after) if incident and incident.room]
    for umbrella in sorted({room.umbrella for room in rooms_then_and_now if room.umbrella}):
        yield _of_umbrella(umbrella, "update_card", "card", Priority.NORMAL)
        yield _of_umbrella(umbrella, "update_announcement", "announcement", Priority.COSMETIC)


def _of_umbrella(number: int, kind: str, concern: str, priority: Priority) -> Job:
    name = f"INC-{number}"
    return Job(
        kind, f"{name}/{concern}", number, priority=priority, delay=GATHERED, key=f"{kind}:{name}", collapses=True
    )


def promote_what_grew(it: Happening) -> Iterable[Job]:
    """It was not a P1 when it came: now it leaves the room it shares, or no longer waits for one behind the others."""
    grew = it.before is not None and it.moved("priority") and it.routing.goes_first(it.after)
    if grew and it.own_room is None and it.after.is_open:
        yield it.once("promote", "promotion")


def point_to_room(it: Happening) -> Iterable[Job]:
    """The card in the room it shared says where it is now."""
    former = it.after.former_rooms[-1] if it.after.former_rooms else None
    if isinstance(it.event, rooms.RoomOpened) and former and former.umbrella:
        yield it.job("close_former_card", "former-card", priority=Priority.NORMAL)
