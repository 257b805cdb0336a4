"""Opening the war room: the one thing everything else waits for."""

from datetime import UTC, datetime
from typing import NamedTuple

from bot.domain.errors import Refused
from bot.domain.events.rooms import RoomNotOpened, RoomOpened
from bot.domain.incident import Incident
from bot.domain.job import Claim, Priority
from bot.domain.room import room_name, with_suffix
from bot.effects.adoption import linked_room, over_already, room_named
from bot.effects.storms import placed, shared_room
from bot.effects.world import Facts, World, common

NAMES_TO_TRY = 20


class Made(NamedTuple):
    """A channel's id and name, and whether it was there before."""

    channel: str
    name: str
    adopted: bool = False


async def open_room(world: World, claim: Claim) -> Facts:
    """Create the channel, or in a storm share one. A repeat finds the name taken, and adopts the channel if ours.

    Unless we heard of its birth as it happened, PagerDuty is asked whether it is over, and had a room already.
    """
    incident = await world.incident(claim)
    why = world.routing.why_a_room(incident)
    if incident.room and not incident.room.archived_at:
        return []
    if not incident.is_open or why is None:
        reason = "it is over already" if not incident.is_open else "the routing no longer asks for one"
        return [RoomNotOpened(**common(claim, "room"), why=reason)]
    if claim.job.arguments.get("look_first"):
        if facts := await over_already(world, claim, incident):
            return facts
        if found := await linked_room(world, incident):
            return await _own_room(world, claim, incident, why, found=Made(*found, adopted=True))
    return await _placed(world, claim, incident, why)


async def _placed(world: World, claim: Claim, incident: Incident, why: str) -> Facts:
    where = await placed(world, claim, incident)
    is_made = claim.doubt and await room_named(world, claim, incident, _name(world, incident))
    if where.kind == "under" and not is_made:
        return await shared_room(world, claim, where)
    if where.kind == "begins":
        incident = await world.incident(claim)
        why = world.routing.why_a_room(incident) or why
    return await _own_room(world, claim, incident, why)


async def _own_room(world: World, claim: Claim, incident: Incident, why: str, *, found: Made | None = None) -> Facts:
    private = world.routing.rule(incident).private
    world = world.at(Priority.SHARED) if incident.is_umbrella else world
    workspace = (await world.slack.identity()).url.rstrip("/")  # first: nothing may fail once the channel is there
    room = found or await _created(world, claim, incident, private=private)
    url = f"{workspace}/archives/{room.channel}"
    return [
        RoomOpened(**common(claim, "room"), channel=room.channel, name=room.name, url=url, is_private=private, why=why,
                   adopted=room.adopted)
    ]  # fmt: skip


def _name(world: World, incident: Incident) -> str:
    opened_at = incident.created_at or datetime.now(UTC)
    service = incident.service.summary if incident.service else ""
    template = world.routing.room_template(incident)
    return room_name(template, number=incident.number, title=incident.title, service=service, opened_at=opened_at)


async def _created(world: World, claim: Claim, incident: Incident, *, private: bool) -> Made:
    """`name_taken` also stands for archived channels, so the next suffix is tried:
    https://docs.slack.dev/reference/methods/conversations.create#errors"""
    wanted = _name(world, incident)
    for nth in range(1, NAMES_TO_TRY):
        name = with_suffix(wanted, nth)
        try:
            return Made(await world.slack.create_channel(name, private=private), name)
        except Refused as refusal:
            if refusal.code != "name_taken":
                raise
            if ours := await room_named(world, claim, incident, name):
                return Made(ours, name, adopted=True)
    raise Refused(f"Slack has {NAMES_TO_TRY} channels named like {wanted} already")
