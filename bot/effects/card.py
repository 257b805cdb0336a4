"""The card: one message per room, always true."""

from bot.domain.events.rooms import RoomFurnished
from bot.domain.job import Claim
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, common, room_of
from bot.slack.views.card import card


async def post_card(world: World, claim: Claim) -> Facts:
    """A repeat looks for the card in the channel first."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.card_ts:
        return []
    message = card(incident)
    ts = await post_once(world, claim, room.channel, message, key=f"card:{incident.name}:{room.channel}")
    return [RoomFurnished(**common(claim, "card"), part="card", channel=room.channel, message_ts=ts)]


async def pin_card(world: World, claim: Claim) -> Facts:
    """Already pinned is pinned."""
    room = room_of(await world.incident(claim))
    if room.card_ts:
        await world.slack.pin(room.channel, room.card_ts)
    return [RoomFurnished(**common(claim, "pin"), part="pin")]


async def update_card(world: World, claim: Claim) -> Facts:
    """Writes the whole present truth, so that a repeat does no harm."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.card_ts and room.archived_at is None:
        await world.slack.update(room.channel, room.card_ts, card(incident))
    return []
