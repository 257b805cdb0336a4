"""The webhook subscriptions that lead here: kept on, and asked what they are meant to tell."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.errors import Refused
from bot.domain.events.services import SubscriptionEnabled
from bot.domain.incident import Snapshot
from bot.domain.job import Claim, Job
from bot.domain.people import MUSTER
from bot.effects.world import Facts, World
from bot.pagerduty.rest import Subscription


async def watch_subscriptions(world: World, claim: Claim) -> Facts:
    """Switch on again what PagerDuty switched off after three refused deliveries, and fetch what it dropped meanwhile.

    Enabling twice does no harm. Without MUSTER_PUBLIC_URL only a subscription that cannot be another Muster's is
    touched. https://developer.pagerduty.com/docs/webhooks-behavior
    """
    ours = await _leading_here(world)
    if world.public_url is None and len(ours) > 1:
        return []
    off = [one for one in ours if one.active and one.temporarily_disabled]
    for one in off:
        await world.pagerduty.enable_subscription(one.id)
    if off:
        again = Job("reconcile", "clock/reconcile", key=f"reconcile:{claim.id}")
        await world.database.write(lambda tx: tx.put(again))
    return [_enabled(claim, one) for one in off]


def _enabled(claim: Claim, subscription: Subscription) -> SubscriptionEnabled:
    return SubscriptionEnabled(
        service_id=subscription.id, at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:{subscription.id}",
        origin="pagerduty.rest",
    )  # fmt: skip


class Scope:
    """What we are meant to hear of: what an active subscription covers; everything, when they may not be read."""

    def __init__(self, subscriptions: Sequence[Subscription] | None) -> None:
        self._subscriptions = subscriptions

    def holds(self, incident: Snapshot) -> bool:
        return self._subscriptions is None or any(one.covers(incident) for one in self._subscriptions)


async def scope(world: World) -> Scope:
    """Two Musters may share one PagerDuty, each with subscriptions of its own."""
    try:
        return Scope([one for one in await _leading_here(world) if one.active])
    except Refused:
        return Scope(None)


async def _leading_here(world: World) -> list[Subscription]:
    return [one for one in await world.pagerduty.subscriptions() if one.leads_to(world.public_url)]
