"""A source hears what people did about its alert, and is asked what it did not say; where the operator wants it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.atlas import Atlas
from bot.domain.correlating import to_write_back
from bot.domain.events.event import Event
from bot.domain.events.signals import SeverityLearned, WrittenBack
from bot.domain.incident import Incident, Status, Subject
from bot.domain.job import Claim
from bot.domain.origin import Origin, severity_fact
from bot.domain.people import MUSTER
from bot.domain.signal import Alert, AlertStatus, Severity
from bot.effects.world import Facts, World, common
from storage import Transaction

HELD_FOR = timedelta(hours=24)  # nobody is left without a page for longer, should Muster not live to take it back


async def write_back(world: World, claim: Claim) -> Facts:
    """Saying the same twice changes nothing. Before it is said it is written down, so that the source's own word of it,
    which may come first, is known for an echo."""
    incident = await world.incident(claim)
    facts: list[Event] = []
    for origin in to_write_back(incident, world.routing):
        if gateway := world.atlas.get(origin.source):
            facts += await _tell(world, claim, incident, origin, gateway)
    return facts


async def _tell(world: World, claim: Claim, incident: Incident, origin: Origin, gateway: Atlas) -> list[Event]:
    is_held = incident.status is Status.ACKNOWLEDGED
    alert = await world.database.write(lambda tx: _expecting(tx, origin, "acknowledged" if is_held else None))
    if alert is None or not alert.is_open or not {"groupId", "id"} <= alert.refs.keys():
        return []
    if is_held:
        await gateway.acknowledge(alert.refs["groupId"], alert.refs["id"], datetime.now(UTC) + HELD_FOR)
    else:
        await gateway.unacknowledge(alert.refs["groupId"], alert.refs["id"])
    return [
        WrittenBack(
            **common(claim, f"told:{origin.source}:{origin.dedup_key}", origin=f"in.{origin.source}"),
            source=origin.source, client=origin.client, dedup_key=origin.dedup_key, acknowledged=is_held,
        )
    ]  # fmt: skip


def _expecting(tx: Transaction, origin: Origin, status: AlertStatus | None) -> Alert | None:
    alert = tx.alert_in_hand(origin.source, origin.dedup_key)
    if alert is None or not alert.is_open:
        return alert
    after = replace(alert, expects=status, status=alert.status if status else "triggered")
    tx.keep_alert(after)
    return after


async def look_up_severity(world: World, claim: Claim) -> Facts:
    """Asked beside the way of the alert, which waits for nothing."""
    source, dedup_key = str(claim.job.arguments["source"]), str(claim.job.arguments["dedup_key"])
    alert = await world.database.read(lambda tx: tx.alert(source, dedup_key))
    gateway = world.atlas.get(source)
    if alert is None or gateway is None or not {"groupId", "alertConfigId"} <= alert.refs.keys():
        return []
    config = alert.refs["alertConfigId"]
    severity = await gateway.severity(alert.refs["groupId"], config)
    if severity:
        await world.database.write(lambda tx: _learn(tx, claim, alert, severity))
    return []


def _learn(tx: Transaction, claim: Claim, found: Alert, severity: Severity) -> None:
    """For this alert, and for those of the same configuration that will come."""
    tx.take_several()
    tx.keep_fact(severity_fact(found.source, found.refs["alertConfigId"]), severity)
    alert = tx.alert_in_hand(found.source, found.dedup_key)
    if alert is None or not alert.is_open:
        return
    tx.keep_alert(replace(alert, severity=severity, learned=severity))
    if alert.incident is not None and alert.severity != severity:
        tx.record(
            SeverityLearned(
                subject=Subject(number=alert.incident), at=datetime.now(UTC), by=MUSTER, origin=f"in.{alert.source}",
                key=f"effect:{claim.id}:severity", source=alert.source, client=alert.name, dedup_key=alert.dedup_key,
                severity=severity,
            )
        )  # fmt: skip
