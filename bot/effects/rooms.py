"""Opening the war room: the one thing everything else waits for."""

from datetime import UTC, datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.events.rooms import RoomNotOpened, RoomOpened
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.domain.room import room_name, with_suffix
from bot.effects.world import Facts, World, common

CLOCKS_DIFFER_BY = timedelta(minutes=2)  # between Slack's `created` and ours, at most
NAMES_TO_TRY = 20


async def open_room(world: World, claim: Claim) -> Facts:
    """Create the channel. A repeat finds the name taken, and adopts the channel if it is ours."""
    incident = await world.incident(claim)
    why = world.routing.why_a_room(incident)
    if incident.room and not incident.room.archived_at:
        return []
    if not incident.is_open or why is None:
        reason = "it is over already" if not incident.is_open else "the routing no longer asks for one"
        return [RoomNotOpened(**common(claim, "room"), why=reason)]
    rule = world.routing.rule(incident)
    workspace = (await world.slack.identity()).url.rstrip("/")  # first: nothing may fail once the channel is there
    channel, name = await _created(world, claim, _name(incident, rule.name), private=rule.private)
    url = f"{workspace}/archives/{channel}"
    common_ = common(claim, "room")
    return [RoomOpened(**common_, channel=channel, name=name, url=url, is_private=rule.private, why=why)]


def _name(incident: Incident, template: str) -> str:
    opened_at = incident.created_at or datetime.now(UTC)
    service = incident.service.summary if incident.service else ""
    return room_name(template, number=incident.number, title=incident.title, service=service, opened_at=opened_at)


async def _created(world: World, claim: Claim, wanted: str, *, private: bool) -> tuple[str, str]:
    """The new channel's id and name. `name_taken` also stands for archived channels, so the next suffix is tried:
    https://docs.slack.dev/reference/methods/conversations.create#errors"""
    for nth in range(1, NAMES_TO_TRY):
        name = with_suffix(wanted, nth)
        try:
            return await world.slack.create_channel(name, private=private), name
        except Refused as refusal:
            if refusal.code != "name_taken":
                raise
            ours = await _made_before(world, claim, name) if claim.doubt else None
            if ours:
                return ours, name
    raise Refused(f"Slack has {NAMES_TO_TRY} channels named like {wanted} already")


async def _made_before(world: World, claim: Claim, name: str) -> str | None:
    """The channel an earlier attempt made and had no time to note, unless another incident has it."""
    since = datetime.fromtimestamp(claim.owed_since, UTC) - CLOCKS_DIFFER_BY
    channel = await world.slack.own_channel(name, created_after=since)
    if channel is None:
        return None
    taken_by = await world.database.read(lambda tx: tx.incident_in(channel))
    return None if taken_by else channel
