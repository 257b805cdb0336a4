"""What a source signalled, on its way to PagerDuty's Events API."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.errors import Refused, Unavailable
from bot.domain.events.signals import SignalSent
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.domain.signal import Alert
from bot.domain.source import id_of
from bot.effects.world import Facts, World
from bot.pagerduty.events import NOWHERE
from storage import Transaction

log = logging.getLogger(__name__)

MENDING_WAIT = 15.0  # seconds
UNKEPT = "the integration key it was raised with is not known any more: put it back into muster.yaml"


async def send_signal(world: World, claim: Claim) -> Facts:
    """A repeat is harmless: the dedup_key is the same, and a change carries our own id, by which a rare double is
    told apart. What settles an alert goes out with the key that raised it, for any other is dropped in silence:
    https://developer.pagerduty.com/docs/send-alert-event."""
    told = claim.job.arguments
    key = await _key(world, claim)
    await _send(world, key, told)
    return [
        SignalSent(
            service_id=str(told["source"]), at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:sent",
            origin="pagerduty.events", action=str(told["action"]), dedup_key=str(told["dedup_key"]),
        )
    ]  # fmt: skip


async def _send(world: World, key: str, told: Mapping[str, Any]) -> None:
    try:
        await world.events_api.send(key, str(told["path"]), told["body"])
    except Refused as refusal:
        if refusal.code != NOWHERE:
            raise
        raise _until_mended(str(told["source"]), refusal) from refusal


async def _key(world: World, claim: Claim) -> str:
    told = claim.job.arguments
    source, dedup_key = str(told["source"]), str(told["dedup_key"])
    alert = await world.database.read(lambda tx: tx.alert(source, dedup_key)) if dedup_key else None
    is_same = alert is not None and raised_at(alert) == told.get("raised_at")  # not one that was raised since
    key_id = told["key_id"] or (alert.key_id if alert and is_same else None)
    if key_id:
        return await known_key(world, str(key_id))
    key = await _of_service(world, source, str(told["service_id"]))
    await _pin(world, claim, key)
    return key


async def _of_service(world: World, source: str, service_id: str) -> str:
    """Which may not be there, or take no events."""
    try:
        return await world.routing_key(service_id)
    except Refused as refusal:
        if refusal.trouble:
            raise
        raise _until_mended(source, refusal) from refusal


def _until_mended(source: str, refusal: Refused) -> Unavailable:
    """By an operator, whom the log tells; the signal outlives that."""
    log.error("what %s signals does not reach PagerDuty: %s", source, refusal)
    return Unavailable(str(refusal), retry_after=MENDING_WAIT, reached=False)


async def known_key(world: World, key_id: str) -> str:
    """The integration key of this name, from muster.yaml or the sealed ones. Refused when it is nowhere."""
    written = next((key for key in world.all_keys() if id_of(key) == key_id), None)
    if written is not None:
        return written
    sealed, vault = await world.database.read(lambda tx: tx.integration_key(key_id)), world.vault()
    if sealed is None or vault is None:
        raise Refused(UNKEPT)
    return vault.opened(sealed)


async def _pin(world: World, claim: Claim, key: str) -> None:
    """Before the event goes out it is written down with which key, so that its alert can be settled for certain."""
    told, vault, key_id = claim.job.arguments, world.vault(), id_of(key)
    if vault is None or not told["dedup_key"] or told["action"] != "trigger":
        return
    sealed = vault.closed(key)

    def pin(tx: Transaction) -> None:
        tx.keep_integration_key(key_id, sealed, str(told["service_id"]))
        known = tx.alert_in_hand(str(told["source"]), str(told["dedup_key"]))
        if known and known.key_id is None and raised_at(known) == told.get("raised_at"):
            tx.keep_alert(replace(known, key_id=key_id))

    await world.database.write(pin)


def raised_at(alert: Alert) -> str | None:
    return alert.raised_at.isoformat() if alert.raised_at else None
