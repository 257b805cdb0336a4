"""Opening the war room: the one thing everything else waits for."""

from datetime import UTC, datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.events.rooms import RoomNotOpened, RoomOpened
from bot.domain.incident import Incident
from bot.domain.job import Claim, Priority
from bot.domain.room import room_name, with_suffix
from bot.effects.storms import placed, shared_room
from bot.effects.world import Facts, World, common

CLOCKS_DIFFER_BY = timedelta(minutes=2)  # between Slack's `created` and ours, at most
NAMES_TO_TRY = 20


async def open_room(world: World, claim: Claim) -> Facts:
    """Create the channel, or in a storm share one. A repeat finds the name taken, and adopts the channel if ours."""
    incident = await world.incident(claim)
    why = world.routing.why_a_room(incident)
    if incident.room and not incident.room.archived_at:
        return []
    if not incident.is_open or why is None:
        reason = "it is over already" if not incident.is_open else "the routing no longer asks for one"
        return [RoomNotOpened(**common(claim, "room"), why=reason)]
    where = await placed(world, claim, incident)
    if where.kind == "under" and not (claim.doubt and await _made_before(world, claim, _name(world, incident))):
        return await shared_room(world, claim, where)
    if where.kind == "begins":
        incident = await world.incident(claim)
        why = world.routing.why_a_room(incident) or why
    return await _own_room(world, claim, incident, why)


async def _own_room(world: World, claim: Claim, incident: Incident, why: str) -> Facts:
    private = world.routing.rule(incident).private
    world = world.at(Priority.SHARED) if incident.is_umbrella else world
    workspace = (await world.slack.identity()).url.rstrip("/")  # first: nothing may fail once the channel is there
    channel, name = await _created(world, claim, _name(world, incident), private=private)
    url = f"{workspace}/archives/{channel}"
    return [RoomOpened(**common(claim, "room"), channel=channel, name=name, url=url, is_private=private, why=why)]


def _name(world: World, incident: Incident) -> str:
    opened_at = incident.created_at or datetime.now(UTC)
    service = incident.service.summary if incident.service else ""
    template = world.routing.room_template(incident)
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
