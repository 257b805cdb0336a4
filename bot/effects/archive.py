"""The end of a war room: not in the breath of a resolve, and not while people talk."""

from datetime import UTC, datetime, timedelta

from bot.domain.events.rooms import ArchivePostponed, ArchiveScheduled, RoomArchived
from bot.domain.job import Claim, Job, Priority
from bot.effects.world import Facts, World, common, room_of
from storage import Transaction

QUIET = timedelta(hours=1)  # a room whose last word is younger than this is not over


async def schedule_archive(world: World, claim: Claim) -> Facts:
    """Note when the room may go; the clock looks at that note."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if incident.resolved is None or room.archived_at:
        return []
    if room.umbrella:
        return []  # the room is another's, and goes with it
    due = incident.resolved.at + timedelta(hours=world.routing.rule(incident).archive_after_hours)
    return [ArchiveScheduled(**common(claim, "archive", origin="clock"), due=due)]


async def sweep_rooms(world: World, claim: Claim) -> Facts:
    """Put a job for each room whose time has come."""
    now = datetime.now(UTC)
    due = await world.database.read(lambda tx: tx.rooms_to_archive(now))
    jobs = [
        Job("archive_room", f"{incident.name}/archive", incident.number, priority=Priority.COSMETIC,
            key=f"archive_room:{incident.name}", collapses=True)
        for incident in due
    ]  # fmt: skip

    def put(tx: Transaction) -> None:
        for job in jobs:
            tx.put(job)

    await world.database.write(put)
    return []


async def archive_room(world: World, claim: Claim) -> Facts:
    """Archived already is archived."""
    incident = await world.incident(claim)
    room = room_of(incident)
    now = datetime.now(UTC)
    if incident.is_open or room.archived_at or not room.archive_after or room.archive_after > now:
        return []
    sharing = await world.database.read(lambda tx: tx.under(incident.number)) if incident.is_umbrella else []
    if any(one.is_open for one in sharing):
        return [ArchiveScheduled(**common(claim, "shared", origin="clock"), due=now + QUIET)]
    said = await world.slack.last_word(room.channel)
    if said and now - said < QUIET:
        return [ArchivePostponed(**common(claim, "postponed"), due=said + QUIET)]
    await world.slack.archive(room.channel)
    archived = common(claim, "archived")
    others = [archived | {"subject": one.subject, "key": f"{archived['key']}:{one.name}"} for one in sharing]
    return [RoomArchived(**archived), *(RoomArchived(**each) for each in others)]
