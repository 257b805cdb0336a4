"""One message for everyone who is not in the room, edited in place."""

from bot.domain.errors import Refused
from bot.domain.events.rooms import RoomFurnished
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, common, is_known, room_of
from bot.slack.views.announcement import announcement
from bot.slack.views.message import Message
from storage import Sharing


async def announce(world: World, claim: Claim) -> Facts:
    """Where the routing says; a repeat looks for it there first. A private room is never announced in public."""
    incident = await world.incident(claim)
    room = room_of(incident)
    wanted = None if room.is_private else world.routing.rule(incident).announce
    if wanted is None:
        return [RoomFurnished(**common(claim, "announcement"), part="announcement")]
    channel = await channel_named(world, wanted)
    message = await _drawn(world, incident)
    key = f"announcement:{incident.name}:{room.channel}"
    ts = await post_once(world, claim, channel, message, key=key, look=is_known(claim, room))
    if is_known(claim, room):  # what was found may show an earlier state
        await world.slack.update(channel, ts, message)
    return [RoomFurnished(**common(claim, "announcement"), part="announcement", channel=channel, message_ts=ts)]


async def update_announcement(world: World, claim: Claim) -> Facts:
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.announcement_channel and room.announcement_ts:
        await world.slack.update(room.announcement_channel, room.announcement_ts, await _drawn(world, incident))
    return []


async def _drawn(world: World, incident: Incident) -> Message:
    """Of a storm there is one announcement, which counts those that share the room."""
    number = incident.number
    sharing = await world.database.read(lambda tx: tx.sharing(number)) if incident.is_umbrella else Sharing()
    return announcement(incident, sharing=sharing.incidents, sharing_open=sharing.open)


async def channel_named(world: World, wanted: str) -> str:
    """muster.yaml may name a channel by id or by name; the name is looked for among the bot's own channels."""
    if not wanted.startswith("#") and wanted.isupper():
        return wanted
    name = wanted.lstrip("#")
    found = await world.slack.channel_id(name)
    if found is None:
        raise Refused(f"Muster is not in #{name}: invite it there, or give the channel's id in muster.yaml")
    return found
