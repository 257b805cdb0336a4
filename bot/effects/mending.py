"""The ledger against Slack: a room that is missing, lacks a part or is gone, and that nobody is at work on."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from bot.domain.events.rooms import RoomLost
from bot.domain.incident import Incident
from bot.domain.job import Claim, Job, Priority
from bot.domain.people import MUSTER
from bot.domain.room import PARTS, PARTS_OF_A_THREAD
from bot.effects.world import Facts, World
from storage import Transaction

RESTED = timedelta(hours=1)  # before what was given up is tried again

PART_OF: Mapping[str, tuple[str, str]] = {  # part → the effect that puts it in place, and its lane
    "card": ("post_card", "card"), "pin": ("pin_card", "pin"), "invitations": ("invite", "people"),
    "topic": ("set_topic", "topic"), "purpose": ("set_purpose", "purpose"),
    "bookmarks": ("add_bookmarks", "bookmarks"), "changes": ("post_changes", "changes"),
    "announcement": ("announce", "announcement"), "link": ("link_room", "link"),
}  # fmt: skip


async def mend_rooms(world: World, claim: Claim) -> Facts:
    """Owe again whatever of a room is missing and owed no more. Every job looks before it acts."""
    since = datetime.now(UTC) - RESTED

    def mend(tx: Transaction) -> None:
        seen_to = tx.seen_to(since)
        for incident in tx.rooms_lacking():
            for job in _missing(world, incident):
                if (incident.number, job.kind) not in seen_to:
                    tx.put(job)

    await world.database.write(mend)
    return []


def _missing(world: World, incident: Incident) -> Iterator[Job]:
    room = incident.room
    if room is None and world.routing.why_a_room(incident):
        yield _again(incident, "open_room", "room")
    if room is None or room.archived_at:  # by hand, which is respected
        return
    for part in PARTS if room.umbrella is None else PARTS_OF_A_THREAD:
        if part not in room.done:
            yield _again(incident, *PART_OF[part])


def _again(incident: Incident, kind: str, concern: str) -> Job:
    """Whatever there is of it already is looked for first."""
    return Job(
        kind, f"{incident.name}/{concern}", incident.number, {"look_first": True}, Priority.NORMAL,
        key=f"mend:{kind}:{incident.name}", collapses=True,
    )  # fmt: skip


async def look_for_rooms(world: World, claim: Claim) -> Facts:
    """Record which rooms of open incidents are gone. Only those are asked for that are not among the bot's channels."""
    incidents = await world.database.read(lambda tx: tx.incidents(limit=2_000))
    standing = [one for one in incidents if one.room and one.room.archived_at is None]
    there = await world.slack.own_channels() if standing else {}
    facts = []
    for incident in standing:
        if incident.room and incident.room.channel not in there:
            facts += await _lost(world, claim, incident, incident.room.channel)
    return facts


async def _lost(world: World, claim: Claim, incident: Incident, channel: str) -> list[RoomLost]:
    why = await world.slack.why_lost(channel)
    if why is None:
        return []
    return [
        RoomLost(subject=incident.subject, at=datetime.now(UTC), by=MUSTER, origin="slack.web",
                 key=f"lost:{incident.name}:{channel}", why=why)
    ]  # fmt: skip
