"""Messages that may be sent twice and must be seen once."""

import asyncio
import logging

from bot.domain.errors import Refused, Unavailable
from bot.domain.job import Claim
from bot.effects.world import Facts, World, room_of
from bot.slack.mrkdwn import escape, link
from bot.slack.views import lines
from bot.slack.views.message import Message

SETTLES_IN = 0.4  # seconds Slack may need to show a message whose sender was killed

log = logging.getLogger(__name__)


async def post_once(
    world: World, claim: Claim, channel: str, message: Message, *, key: str, thread_ts: str | None = None,
    look: bool = False,
) -> str:  # fmt: skip
    """Post and return the `ts`. After an attempt of unknown outcome the channel's history is asked for our key first,
    twice, since a request in flight shows up late. `look`: it may stand there from another time, so look too."""
    if look and not claim.doubt and (found := await world.slack.posted(channel, key, thread_ts=thread_ts)):
        return found
    if claim.doubt:
        for wait in (0.0, SETTLES_IN):
            await asyncio.sleep(wait)
            if found := await world.slack.posted(channel, key, thread_ts=thread_ts):
                return found
    return await world.slack.post(channel, message, key=key, thread_ts=thread_ts)


async def say(world: World, claim: Claim) -> Facts:
    """One quiet line in the room; in a shared one, in the thread below the incident's card."""
    incident = await world.incident(claim)
    room = room_of(incident)
    if room.umbrella and room.card_ts is None:
        raise Unavailable("the card whose thread this belongs to is not there yet", reached=False)
    if room.archived_at is None:
        line, key = lines.line(str(claim.job.arguments["text"])), str(claim.job.arguments["key"])
        thread = room.card_ts if room.umbrella else None
        await post_once(world, claim, room.channel, line, key=key, thread_ts=thread)
    return []


async def tell(world: World, claim: Claim) -> Facts:
    """A private answer to one person: where they asked, else in the incident's room, else as a direct message. So, too,
    where the reply address is used up, is over, or leads elsewhere than to Slack.

    A repeat may show twice to that one person: Slack offers no way to look for an ephemeral message, nor to read a
    conversation by the id of the other person in it.
    """
    arguments = claim.job.arguments
    there = f" {link(str(url), 'Open in PagerDuty')}" if (url := arguments.get("url")) else ""
    text = escape(str(arguments["text"])) if arguments.get("plain") else arguments["text"]
    await answer(world, claim, Message(f"{text}{there}", list(arguments.get("blocks", []))))
    return []


async def answer(world: World, claim: Claim, message: Message) -> None:
    """To the one person of this job, in the way of `tell`; for what no job may hold."""
    if not await _responded(world, claim, message):
        await _whisper(world, claim, message)


async def _responded(world: World, claim: Claim, message: Message) -> bool:
    url = claim.job.arguments.get("response_url")
    if not url:
        return False
    try:
        await world.slack.respond(str(url), message, replace=bool(claim.job.arguments.get("replace")))
    except Refused as refusal:
        if refusal.trouble:
            raise
        log.info("an answer goes without its reply address: %s", refusal)
        return False
    return True


async def _whisper(world: World, claim: Claim, message: Message) -> None:
    user = str(claim.job.arguments["user"])
    channel = claim.job.arguments.get("channel") or await _room(world, claim)
    thread = claim.job.arguments.get("thread_ts")
    if not (channel and await _heard(world, str(channel), user, message, thread)):
        await world.slack.post(user, message, key=str(claim.job.arguments["key"]))


async def _heard(world: World, channel: str, user: str, message: Message, thread: str | None) -> bool:
    """Whether the person is where we whisper; Slack refuses otherwise."""
    try:
        await world.slack.whisper(channel, user, message, thread_ts=thread)
    except Refused as refusal:
        if refusal.code in {"user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived"}:
            return False
        raise
    return True


async def _room(world: World, claim: Claim) -> str | None:
    if claim.job.incident is None:
        return None
    room = (await world.incident(claim)).room
    return room.channel if room else None
