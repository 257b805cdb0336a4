"""What a source signalled, on its way to PagerDuty's Events API."""

from datetime import UTC, datetime

from bot.domain.errors import Refused
from bot.domain.events.signals import SignalSent
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.domain.source import id_of
from bot.effects.world import Facts, World

UNKEPT = "the integration key it was raised with is not known any more: put it back into muster.yaml"


async def send_signal(world: World, claim: Claim) -> Facts:
    """A repeat is harmless: the dedup_key is the same, and a change carries our own id, by which a rare double is
    told apart. What settles an alert goes out with the key that raised it, for any other is dropped in silence:
    https://developer.pagerduty.com/docs/send-alert-event."""
    told = claim.job.arguments
    key = await _key(world, claim)
    await world.events_api.send(key, str(told["path"]), told["body"])
    return [
        SignalSent(
            service_id=str(told["source"]), at=datetime.now(UTC), by=MUSTER, key=f"effect:{claim.id}:sent",
            origin="pagerduty.events", action=str(told["action"]), dedup_key=str(told["dedup_key"]),
        )
    ]  # fmt: skip


async def _key(world: World, claim: Claim) -> str:
    told = claim.job.arguments
    source, dedup_key = str(told["source"]), str(told["dedup_key"])
    alert = await world.database.read(lambda tx: tx.alert(source, dedup_key)) if dedup_key else None
    key_id = told["key_id"] or (alert and alert.key_id)
    if key_id:
        return await known_key(world, str(key_id))
    key = await world.routing_key(str(told["service_id"]))
    await _pin(world, claim, key)
    return key


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
    await world.database.write(
        lambda tx: tx.pin_key(str(told["source"]), str(told["dedup_key"]), key_id, sealed, str(told["service_id"]))
    )
