"""The card: one message per incident, always true."""

import time
from datetime import UTC, datetime

from bot.domain.events.rooms import RoomFurnished
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, common, is_known, room_of
from bot.slack.views.card import Share, card, moved_out
from bot.slack.views.message import Message
from storage import Transaction

LATE = 10.0  # seconds after which a card says when it was last true
LISTED = 10  # incidents that an umbrella's card names


async def post_card(world: World, claim: Claim) -> Facts:
    """A repeat looks for the card in the channel first."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.card_ts:
        return []
    message = await _drawn(world, claim, incident)
    key = f"card:{incident.name}:{room.channel}"
    ts = await post_once(world, claim, room.channel, message, key=key, look=is_known(claim, room))
    if is_known(claim, room):  # what was found may show an earlier state
        await world.slack.update(room.channel, ts, message)
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
        await world.slack.update(room.channel, room.card_ts, await _drawn(world, claim, incident))
    return []


async def close_former_card(world: World, claim: Claim) -> Facts:
    """The message in the room it shared leads to its own room."""
    incident = await world.incident(claim)
    former = incident.former_rooms[-1] if incident.former_rooms else None
    if former and former.card_ts and former.archived_at is None:
        await world.slack.update(former.channel, former.card_ts, moved_out(incident))
    return []


async def _drawn(world: World, claim: Claim, incident: Incident) -> Message:
    is_late = time.time() - claim.owed_since > LATE
    share = await world.database.read(lambda tx: _share(tx, incident)) if incident.is_umbrella else None
    return card(incident, share=share, as_of=datetime.now(UTC) if is_late else None)


def _share(tx: Transaction, incident: Incident) -> Share:
    sharing = tx.sharing(incident.number)
    newest = tx.under(incident.number, open_only=True, limit=LISTED)
    return Share(sharing.incidents, sharing.open, tuple(newest))
