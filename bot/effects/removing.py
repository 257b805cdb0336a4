"""Taking a source's routes away, or all of it: what it raised is not left open unsaid."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.connecting import Deed, routes_in
from bot.domain.errors import Refused
from bot.domain.events.connecting import SourceDisconnected, SourceRemoved
from bot.domain.job import LEASE
from bot.domain.signal import Alert
from bot.effects.signals import known_key
from bot.effects.world import World
from bot.pagerduty.signalling import ALERT
from storage import Transaction

LOOK_EVERY = 0.1  # seconds
LEAVING = "leaving"
"""In a source's state: the routes that are being taken away, from the first step to the last."""
MOST_NAMED = 20


@dataclass(frozen=True)
class Taken:
    """Dedup keys of the alerts that were open, by what became of them (`stuck`: the key that could resolve them is
    gone), and names of the services whose integration was deleted; `kept`: why one was not."""

    resolved: tuple[str, ...] = ()
    handed_over: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """`hand_over`: what is open is left open, to people; else it is resolved. `delete`: the integrations that Muster
    made are deleted in PagerDuty."""

    hand_over: bool = False
    delete: bool = False


async def remove(world: World, name: str, terms: Terms, deed: Deed) -> Taken:
    """First nothing that it sends is taken any more, on no replica. A repeat is harmless, and goes on where it ended:
    resolving what is resolved is dropped by PagerDuty in silence, and deleting what is gone is fine."""
    state = await world.database.read(lambda tx: tx.source_state(name)) or {}
    if name not in world.roster.catalogue.sources({name: state} if state else {}) and not _is_leaving(state):
        raise Refused(f"there is no source {name}")

    def close(tx: Transaction) -> None:
        known = tx.source_in_hand(name)
        tx.keep_source_state(name, {**known, "removed": True, LEAVING: known.get(LEAVING, [])})
        if not terms.hand_over:
            tx.withhold_signals(name)  # what waits would come after the resolve, and stay open

    await world.database.write(close)
    await _nothing_under_way(world, name)
    routes = [*routes_in(state), *state.get(LEAVING, [])]
    alerts = await world.database.read(lambda tx: tx.open_alerts(name))
    taken = await _taken(world, alerts, routes, terms)

    def forget(tx: Transaction) -> None:
        _forget(tx, alerts, routes)
        tx.keep_source_state(name, {"removed": True})
        tx.record_for_service(_removed(name, alerts, taken, deed))

    await world.database.write(forget)
    return taken


def said_disconnected(name: str, service: str | None) -> list[str]:
    return [f"{name} is disconnected from {service or 'every service that Muster connected it with'}."]


def said_removed(world: World, name: str) -> list[str]:
    written = "It still stands in muster.yaml; take it out there too."
    is_written = name in world.roster.catalogue.written
    return [f"{name} is removed: nothing is taken at /in/{name} any more.", *([written] if is_written else [])]


def told(taken: Taken) -> list[str]:
    """What became of what was open, and of what stands in PagerDuty, a line each."""
    became = (
        ("resolved", taken.resolved), ("left open, for people to resolve", taken.handed_over),
        ("left open, since the key that they were raised with is gone: resolve them in PagerDuty", taken.stuck),
    )  # fmt: skip
    lines = [
        f"{len(keys)} open {'alert was' if len(keys) == 1 else 'alerts were'} {word}: {', '.join(keys[:MOST_NAMED])}"
        for word, keys in became if keys
    ]  # fmt: skip
    deleted = [f"The integration on {name} is deleted." for name in taken.deleted]
    return [*(lines or ["No alert of it was open."]), *deleted, *(f"Beware: {why}" for why in taken.kept)]


async def disconnect(world: World, name: str, service: str | None, terms: Terms, deed: Deed) -> Taken:
    """Takes away the routes that were made while Muster ran, or the one to this service (id, name or route). A repeat
    goes on where it ended."""
    state = await world.database.read(lambda tx: tx.source_state(name)) or {}
    words = service.casefold() if service else None
    known = [*routes_in(state), *state.get(LEAVING, [])]
    routes = [one for one in known if words is None or words in _names(one)]
    if not routes:
        what = f"no route to {service}" if service else "no route that Muster made"
        raise Refused(f"{name} has {what}; those in muster.yaml are taken away there")
    ids = {str(one["key_id"]) for one in routes}

    def close(tx: Transaction) -> list[Alert]:
        known = tx.source_in_hand(name)
        kept = [one for one in routes_in(known) if one["key_id"] not in ids]
        tx.keep_source_state(name, {**known, "routes": kept, LEAVING: [*_others(known, ids), *routes]})
        if not terms.hand_over:
            tx.withhold_signals(name, ids)
        return [alert for alert in tx.open_alerts(name) if alert.key_id in ids]

    alerts = await world.database.write(close)
    await _nothing_under_way(world, name)
    taken = await _taken(world, alerts, routes, terms)

    def forget(tx: Transaction) -> None:
        _forget(tx, alerts, routes)
        known = tx.source_in_hand(name)
        tx.keep_source_state(name, {**known, LEAVING: _others(known, ids)})
        for route in routes:
            tx.record_for_service(_disconnected(name, route, taken, deed))

    await world.database.write(forget)
    return taken


async def _nothing_under_way(world: World, name: str) -> None:
    """What is on its way arrives before the resolve, else it would stay open; a sender that died is waited for no
    longer than its lease."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LEASE):
            while await world.database.read(lambda tx: tx.is_sending(name)):
                await asyncio.sleep(LOOK_EVERY)


async def _taken(
    world: World, alerts: Sequence[Alert], routes: Sequence[Mapping[str, Any]], terms: Terms
) -> Taken:
    resolved = [] if terms.hand_over else [one for one in alerts if await _is_resolved(world, one)]
    left = tuple(one.dedup_key for one in alerts if one not in resolved)
    kept = [(one, await _deleted(world, one)) for one in routes] if terms.delete else []
    return Taken(
        resolved=tuple(one.dedup_key for one in resolved),
        handed_over=left if terms.hand_over else (), stuck=() if terms.hand_over else left,
        deleted=tuple(str(one["service_name"]) for one, why in kept if not why),
        kept=tuple(why for _, why in kept if why),
    )  # fmt: skip


async def _is_resolved(world: World, alert: Alert) -> bool:
    """Whether PagerDuty was told; not, when the key that it was raised with is gone."""
    try:
        key = await known_key(world, alert.key_id) if alert.key_id else await world.routing_key(alert.service_id or "")
        await world.events_api.send(key, ALERT, {"event_action": "resolve", "dedup_key": alert.dedup_key})
    except Refused as refusal:
        if refusal.trouble:
            raise
        return False
    return True


async def _deleted(world: World, route: Mapping[str, Any]) -> str:
    """Empty when its integration is gone, else why not."""
    try:
        await world.pagerduty.delete_integration(str(route["service"]), str(route["integration"]))
    except Refused as refusal:
        if refusal.trouble:
            raise
        return f"the integration on {route['service_name']} is still there ({refusal}): delete it in PagerDuty"
    return ""


def _forget(tx: Transaction, alerts: Sequence[Alert], routes: Sequence[Mapping[str, Any]]) -> None:
    """What was handed over is PagerDuty's alone from now on."""
    for alert in alerts:
        tx.keep_alert(replace(alert, status="resolved"))
    for route in routes:
        tx.forget_integration_key(str(route["key_id"]))


def _is_leaving(state: Mapping[str, Any]) -> bool:
    """Whether its removal ended half-way."""
    return bool(state.get("removed")) and LEAVING in state


def _others(state: Mapping[str, Any], ids: Set[str]) -> list[Mapping[str, Any]]:
    """Routes that are on their way out, too."""
    return [one for one in state.get(LEAVING, []) if one["key_id"] not in ids]


def _names(route: Mapping[str, Any]) -> set[str]:
    return {str(route[name]).casefold() for name in ("service", "service_name", "name")}


def _removed(name: str, alerts: Sequence[Alert], taken: Taken, deed: Deed) -> SourceRemoved:
    became = (("resolved", taken.resolved), ("handed over", taken.handed_over), ("left open", taken.stuck))
    settled = " or ".join(word for word, keys in became if keys) or "none"
    return SourceRemoved(
        service_id=name, at=datetime.now(UTC), by=deed.by, key=f"remove:{deed.key}", origin=deed.origin,
        alerts=tuple(one.dedup_key for one in alerts), settled=settled,
    )  # fmt: skip


def _disconnected(name: str, route: Mapping[str, Any], taken: Taken, deed: Deed) -> SourceDisconnected:
    return SourceDisconnected(
        service_id=name, at=datetime.now(UTC), by=deed.by, key=f"disconnect:{deed.key}:{route['service']}",
        origin=deed.origin, service=str(route["service"]), service_name=str(route["service_name"]),
        route=str(route["name"]), deleted=str(route["service_name"]) in taken.deleted,
    )  # fmt: skip
