"""A room that is there already though the ledger does not know it: of an attempt that was cut off, or of a time after
the backup that was restored."""

from datetime import UTC, datetime, timedelta

from bot.domain.errors import Refused, Unavailable
from bot.domain.events.rooms import RoomNotOpened, linked_channel
from bot.domain.incident import Incident, Status
from bot.domain.job import Claim
from bot.effects.looking import looked_up
from bot.effects.world import Facts, World, common

CLOCKS_DIFFER_BY = timedelta(minutes=2)  # between Slack's `created` and ours, at most


async def over_already(world: World, claim: Claim, incident: Incident) -> Facts:
    """News that came late may be of what is over: PagerDuty is asked before a room is opened for it. When it does not
    answer the room is opened, for it may be needed."""
    if incident.pagerduty_id is None:
        return []
    try:
        standing = await world.pagerduty.standing(incident.pagerduty_id)
    except (Refused, Unavailable):
        return []
    if standing.status is not Status.RESOLVED:
        return []
    return [looked_up(claim, incident, standing), RoomNotOpened(**common(claim, "room"), why="it is over already")]


async def linked_room(world: World, incident: Incident) -> tuple[str, str] | None:
    """The id and name of the open channel that our own note on the PagerDuty incident names, and that we made."""
    if incident.pagerduty_id is None:
        return None
    try:
        notes = await world.pagerduty.notes(incident.pagerduty_id)
    except (Refused, Unavailable):
        return None
    named = {channel for note in notes if (channel := linked_channel(note.content))}
    ours = await world.slack.own_channels(created_after=_begun(incident)) if named else {}
    for channel in sorted(named & ours.keys()):
        if not await _is_anothers(world, incident, channel):
            return channel, ours[channel]
    return None


async def room_named(world: World, claim: Claim, incident: Incident, name: str) -> str | None:
    """The id of the channel of this name that we made for this incident, unless another incident has it: by an
    attempt of this job, or at any time since the incident began when nobody knows what happened before."""
    look_first = bool(claim.job.arguments.get("look_first"))
    if not (claim.doubt or look_first):
        return None
    since = _begun(incident) if look_first else datetime.fromtimestamp(claim.owed_since, UTC)
    channel = await world.slack.own_channel(name, created_after=since - CLOCKS_DIFFER_BY)
    return None if channel is None or await _is_anothers(world, incident, channel) else channel


def _begun(incident: Incident) -> datetime:
    return incident.created_at or datetime.now(UTC)


async def _is_anothers(world: World, incident: Incident, channel: str) -> bool:
    """It may be this incident's by now: whoever lost the job while the channel was made records it all the same."""
    owner = await world.database.read(lambda tx: tx.incident_in(channel))
    return owner is not None and owner.number != incident.number
