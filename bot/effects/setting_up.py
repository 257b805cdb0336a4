"""What somebody asked for in Slack, to connect a source or to take it away: done, and told to them alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.domain.connecting import Deed, Wish
from bot.domain.errors import Refused
from bot.domain.job import Claim
from bot.effects import subscribing
from bot.effects.connecting import connect
from bot.effects.effect import not_connected
from bot.effects.messages import answer
from bot.effects.removing import Terms, disconnect, remove, said_disconnected, said_removed, told
from bot.effects.verifying import verification
from bot.effects.world import Facts, World, asker
from bot.slack.mrkdwn import inline
from bot.slack.views.connecting import connected
from bot.slack.views.message import Message

REPEATED = "I tried more than once, so it may have been done the first time: `sources list` shows how things stand."
Act = Callable[[World, Mapping[str, Any], Deed], Awaitable[list[str]]]


async def connect_source(world: World, claim: Claim) -> Facts:
    """A repeat is harmless, as `connect` says; a secret is shown to the one person again, for it stands nowhere else.
    What PagerDuty refuses is recorded, and told by a reaction."""
    deed = _deed(claim)
    try:
        made = await connect(world, Wish(**claim.job.arguments["wish"]), deed)
    except Refused as refusal:
        if refusal.trouble:
            raise
        return [not_connected(claim, str(refusal))]
    job = verification(made, deed.by, f"verify:{deed.key}:{made.route}")
    await answer(world, claim, connected(made, world.public_url))
    await world.database.write(lambda tx: tx.put(job))
    return []


async def take_source_away(world: World, claim: Claim) -> Facts:
    """All of it, or the routes to a service; a repeat goes on where it ended."""
    return await _done(world, claim, _taken_away)


async def change_subscription(world: World, claim: Claim) -> Facts:
    """A repeat makes nothing twice, as `subscribe` says."""
    return await _done(world, claim, _subscription_changed)


async def _done(world: World, claim: Claim, act: Act) -> Facts:
    """And told. A refusal of a repeat may only say that there is nothing left to do."""
    try:
        lines = await act(world, claim.job.arguments, _deed(claim))
    except Refused as refusal:
        if refusal.trouble:
            raise
        lines = [f"Not done: {refusal}.", *([REPEATED] if claim.attempt > 1 else [])]
    await answer(world, claim, Message("\n".join(inline(line) for line in lines)))
    return []


def _deed(claim: Claim) -> Deed:
    return Deed(asker(claim), str(claim.job.arguments["id"]), str(claim.job.arguments["origin"]))


async def _subscription_changed(world: World, asked: Mapping[str, Any], deed: Deed) -> list[str]:
    about = {str(asked["kind"]): str(asked["called"])} if asked["kind"] else {}
    if asked["what"] == "subscribe":
        made = await subscribing.subscribe(world, await subscribing.covered(world, **about), deed)
        return subscribing.told(world, made)
    covers = await subscribing.covered(world, **about) if about else None
    return [subscribing.told_gone(await subscribing.unsubscribe(world, covers, deed))]


async def _taken_away(world: World, asked: Mapping[str, Any], deed: Deed) -> list[str]:
    name, service, terms = str(asked["source"]), asked["service"], Terms(**asked["terms"])
    if asked["what"] == "disconnect":
        taken = await disconnect(world, name, service, terms, deed)
        return [*said_disconnected(name, service), *told(taken)]
    if await world.database.read(lambda tx: tx.place_of(f"remove:{deed.key}")):
        return [f"{name} is removed."]
    return [*said_removed(world, name), *told(await remove(world, name, terms, deed))]
