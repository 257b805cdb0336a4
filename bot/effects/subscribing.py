"""A webhook subscription of Muster's own making: PagerDuty tells its secret once, and it is sealed at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.domain.connecting import Deed
from bot.domain.errors import Refused
from bot.domain.events.connecting import SubscriptionCreated, SubscriptionDeleted, SubscriptionProved
from bot.effects.connecting import ID, needed_vault, service_named
from bot.effects.world import World
from bot.pagerduty.meaning import READERS
from bot.pagerduty.resources.account import ROUTE
from storage import Transaction

PING_EVERY, LOOK_EVERY = 5.0, 0.2  # seconds
HELD_FOR = 60.0  # seconds, unless it is done before; four calls, of which PagerDuty answers each in one or two
SKEW = timedelta(seconds=5)  # between the clock here and that of whoever takes the delivery


@dataclass(frozen=True)
class Subscribed:
    """`is_proved`: a delivery of it came here and was believed."""

    id: str
    covers: str
    is_new: bool
    is_proved: bool


async def covered(world: World, service: str | None = None, team: str | None = None) -> str:
    """"account", "service P…" or "team P…", of an id or a whole name."""
    if service:
        return f"service {(await service_named(world, service)).id}"
    if not team:
        return "account"
    found = await world.pagerduty.teams_like("" if ID.fullmatch(team) else team)
    same = [one.id for one in found if team.casefold() in {one.id.casefold(), one.summary.casefold()}]
    if not same:
        raise Refused(f"PagerDuty has no team {team!r}: give its whole name, or its id")
    return f"team {same[0]}"


async def subscribe(world: World, covers: str, deed: Deed) -> Subscribed:
    """One that Muster made before, that covers the same and leads here, is proved again and not made twice. Of two
    that ask for the same at once the second is refused: one whose secret is not kept yet looks like one whose answer
    was lost."""
    if world.public_url is None:
        raise Refused("PagerDuty must know where to send its webhooks: set MUSTER_PUBLIC_URL")
    async with _alone(world, covers) as holder:
        known = await _known(world, covers)
        found = known or await _made(world, covers, deed, holder)
    return Subscribed(found, covers, known is None, await _is_proved(world, found, deed))


def told(world: World, made: Subscribed) -> list[str]:
    was = "is made" if made.is_new else "was there already"
    proof = (
        "A delivery of it came here and was believed." if made.is_proved else
        f"No delivery of it came: does Muster run, and is {world.public_url} its address from outside?"
    )  # fmt: skip
    return [f"The webhook subscription {made.id} for {made.covers} {was}.", proof]


def told_gone(gone: Sequence[str]) -> str:
    return f"Deleted: {', '.join(gone)}." if gone else "Muster has made no such subscription."


async def unsubscribe(world: World, covers: str | None, deed: Deed) -> list[str]:
    """Deletes those that Muster made, all or those that cover this, and forgets their secrets; their ids."""
    own = await world.database.read(lambda tx: tx.own_subscriptions())
    chosen = [one for one in own if covers in (None, one.covers)]
    for one in chosen:
        await world.pagerduty.delete_subscription(one.id)
        gone = SubscriptionDeleted(
            service_id=one.id, at=datetime.now(UTC), by=deed.by, key=f"unsubscribe:{deed.key}:{one.id}",
            origin=deed.origin,
        )  # fmt: skip
        await world.database.write(lambda tx, gone=gone: _forget(tx, gone))  # type: ignore[misc]
    return [one.id for one in chosen]


@asynccontextmanager
async def _alone(world: World, covers: str) -> AsyncIterator[str]:
    """As whom: a frozen attempt and the one that follows it are two."""
    what, holder = _subscribing(covers), uuid4().hex
    if not await world.database.write(lambda tx: tx.hold(what, holder, HELD_FOR)):
        raise Refused(f"somebody else is making the subscription for {covers} right now: ask again in a minute")
    try:
        yield holder
    finally:
        await world.database.write(lambda tx: tx.let_go(what, holder))


def _subscribing(covers: str) -> str:
    return f"subscribing {covers}"


async def _known(world: World, covers: str) -> str | None:
    own = await world.database.read(lambda tx: tx.own_subscriptions())
    there = {one.id: one for one in await world.pagerduty.subscriptions() if one.leads_to(world.public_url)}
    same = (one.id for one in own if one.covers == covers and one.id in there and there[one.id].active)
    return next(same, None)


async def _made(world: World, covers: str, deed: Deed, holder: str) -> str:
    vault, url = needed_vault(world), f"{(world.public_url or '').rstrip('/')}{ROUTE}"
    await _without_orphans(world, covers)
    kind, _, about = covers.partition(" ")
    made, secret = await world.pagerduty.subscribe(url, kind, about or None, sorted(READERS))
    sealed = vault.closed(secret)
    created = SubscriptionCreated(
        service_id=made.id, at=datetime.now(UTC), by=deed.by, key=f"subscribe:{deed.key}:{made.id}",
        origin=deed.origin, covers=covers, url=url,
    )  # fmt: skip

    def keep(tx: Transaction) -> bool:
        is_ours = tx.still_holds(_subscribing(covers), holder)
        if is_ours:
            tx.keep_subscription(made.id, sealed, covers)
            tx.record_for_service(created)
        return is_ours

    if not await world.database.write(keep):
        await world.pagerduty.delete_subscription(made.id)
        raise Refused(f"PagerDuty took so long that somebody else has made the subscription for {covers} meanwhile")
    return made.id


async def _without_orphans(world: World, covers: str) -> None:
    """One that was made here and whose answer was lost has a secret that nobody knows: what it sends is refused."""
    own = {one.id for one in await world.database.read(lambda tx: tx.own_subscriptions())}
    for one in await world.pagerduty.subscriptions():
        if one.is_musters and one.filter == covers and one.leads_to(world.public_url) and one.id not in own:
            await world.pagerduty.delete_subscription(one.id)


async def _is_proved(world: World, id_: str, deed: Deed) -> bool:
    """Pinged until a delivery of it was believed here, or time is up."""
    started, since = time.monotonic(), datetime.now(UTC) - SKEW
    pinged = -PING_EVERY
    while (now := time.monotonic() - started) < world.seen_within:
        if now - pinged >= PING_EVERY:
            await world.pagerduty.ping_subscription(id_)
            pinged = now
        if await world.database.read(lambda tx: tx.has_delivered(id_, since)):
            await world.database.write(lambda tx: tx.record_for_service(_proved(id_, deed)))
            return True
        await asyncio.sleep(LOOK_EVERY)
    return False


def _proved(id_: str, deed: Deed) -> SubscriptionProved:
    return SubscriptionProved(
        service_id=id_, at=datetime.now(UTC), by=deed.by, key=f"proved:{deed.key}:{id_}", origin="pagerduty.webhook"
    )


def _forget(tx: Transaction, gone: SubscriptionDeleted) -> None:
    tx.forget_subscription(gone.service_id)
    tx.record_for_service(gone)
