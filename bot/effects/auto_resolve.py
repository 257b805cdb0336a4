"""What a source raised and says no more of: once its time is over, the alert is taken for over.

The word is PagerDuty's: https://support.pagerduty.com/main/docs/configurable-service-settings#auto-resolution
"""

from datetime import UTC, datetime

from bot.domain.incident import Status
from bot.domain.job import Claim
from bot.domain.signal import Alert
from bot.effects.world import Facts, World
from bot.sources.naming import OUT_OF_TIME, PREFIX, keyed
from storage import NewDelivery, Transaction


async def auto_resolve(world: World, claim: Claim) -> Facts:
    """For each such alert one delivery is kept that says so, and read like all that its source sends. What somebody has
    in hand is left to them."""
    now = datetime.now(UTC)

    def keep(tx: Transaction) -> None:
        for alert in tx.alerts_out_of_time(now):
            if not _is_in_hand(tx, alert):
                tx.keep(_delivery(alert, now))

    await world.database.write(keep)
    return []


def _is_in_hand(tx: Transaction, alert: Alert) -> bool:
    incident = None if alert.incident is None else tx.incident(alert.incident)
    return alert.status == "acknowledged" or (incident is not None and incident.status is Status.ACKNOWLEDGED)


def _delivery(alert: Alert, now: datetime) -> NewDelivery:
    """Under a name that it has once, so that the next look keeps nothing new while this one waits to be read."""
    key = keyed(alert.source, f"auto_resolve:{alert.dedup_key}:{alert.auto_resolve_at}")
    return NewDelivery(PREFIX + alert.source, key, None, {OUT_OF_TIME: alert.dedup_key}, b"", now)
