"""What a source raised and says no more of: once its time is over, its alert is resolved.

The word is PagerDuty's: https://support.pagerduty.com/main/docs/configurable-service-settings#auto-resolution
"""

from datetime import UTC, datetime, timedelta
from functools import partial

from bot.domain.belonging import is_on
from bot.domain.errors import Refused
from bot.domain.incident import Status
from bot.domain.job import Claim
from bot.domain.signal import Alert
from bot.domain.source import parted
from bot.effects.signals import known_key
from bot.effects.world import Facts, World
from bot.sources.naming import OUT_OF_TIME, PREFIX, keyed
from storage import NewDelivery, Transaction

LOOKED = "auto_resolve.looked"
"""The fact that says when somebody looked last."""
AWAY = timedelta(minutes=3)  # without a look, though one is due every minute
MOST = 50  # alerts in one look, for each of which PagerDuty is asked


async def auto_resolve(world: World, claim: Claim) -> Facts:
    """PagerDuty is read first: what somebody has in hand there, or what nobody here can know of, gets its time again.
    Of the others a delivery is kept that says so, once, and read like all that its source sends."""
    now = datetime.now(UTC)
    await world.database.write(lambda tx: _looked(tx, now))
    for alert in await world.database.read(lambda tx: _silent(world, tx, now)):
        is_over = await _status(world, alert) in {Status.TRIGGERED, Status.RESOLVED}
        await world.database.write(partial(_say if is_over else _wait, alert=alert, now=now))
    return []


def _looked(tx: Transaction, now: datetime) -> None:
    """While no Muster listened, sources could say nothing: then all that is out of time by now gets its time again."""
    last = tx.fact(LOOKED)
    tx.keep_fact(LOOKED, now.isoformat())
    if last is None or now - datetime.fromisoformat(last) > AWAY:
        for alert in tx.alerts_out_of_time(now):
            _wait(tx, alert, now)


def _silent(world: World, tx: Transaction, now: datetime) -> list[Alert]:
    """Ours first, so that what ails another account keeps none of them open."""
    found = [one for one in tx.alerts_out_of_time(now) if _is_heard(world, tx, one)]
    return sorted(found, key=lambda one: one.elsewhere)[:MOST]


def _is_heard(world: World, tx: Transaction, alert: Alert) -> bool:
    """Whether its source may speak, and its alerts be out of time."""
    state = tx.source_state(alert.source) or {}
    source = world.roster.source(alert.source, state)
    return source is not None and not state.get("disabled") and source.settings.auto_resolve_timeout != 0


async def _status(world: World, alert: Alert) -> Status | None:
    """Of its incident, as PagerDuty has it at this moment; None: nobody here can tell which that is. The newest of its
    key may be another service's, or an older one that is over while this alert stands in somebody else's."""
    number = alert.incident
    incident = None if number is None else await world.database.read(lambda tx: tx.incident(number))
    try:
        if alert.elsewhere:
            world = world.of(parted(await known_key(world, alert.key_id or ""))[0])
        if incident and incident.pagerduty_id:
            return (await world.pagerduty.standing(incident.pagerduty_id)).status
        found = await world.pagerduty.incident_with_key(alert.dedup_key)
    except Refused as refusal:
        if refusal.trouble:
            raise
        return None
    if found is None or not is_on(alert, found.service) or found.status is Status.RESOLVED:
        return None
    return found.status


def _say(tx: Transaction, alert: Alert, now: datetime) -> None:
    """Under a name that it has once, so that the next look keeps nothing new while this one waits to be read."""
    key = keyed(alert.source, f"auto_resolve:{alert.dedup_key}:{alert.auto_resolve_at}")
    tx.keep(NewDelivery(PREFIX + alert.source, key, None, {OUT_OF_TIME: alert.dedup_key}, b"", now))


def _wait(tx: Transaction, alert: Alert, now: datetime) -> None:
    known = tx.alert_in_hand(alert.source, alert.dedup_key)
    if known and known.auto_resolve_at == alert.auto_resolve_at:
        tx.keep_alert(known.with_its_time_again(now))
