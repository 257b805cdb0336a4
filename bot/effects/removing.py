"""Taking a source's routes away, or all of it: what it raised is not left open unsaid."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.connecting import Deed, called, routes_in
from bot.domain.errors import Refused
from bot.domain.events.connecting import SourceDisconnected, SourceRemoved
from bot.domain.signal import Alert
from bot.effects.signals import known_key
from bot.effects.world import World
from bot.pagerduty.signalling import ALERT
from storage import Transaction

LOOK_EVERY = 0.1  # seconds
LEAVING = "leaving"
"""In a source's state: the routes that are being taken away and the alerts that were open, from the first step to the
last."""
Leaving = Mapping[str, Sequence[Mapping[str, Any]]]
MOST_NAMED = 20


@dataclass(frozen=True)
class Taken:
    """Dedup keys of the alerts that were open, by what became of them (`stuck`: the key that could resolve them, or
    its account, is gone), and names of the services whose integration was deleted; `kept`: why one was not."""

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
    is_there = name in world.roster.catalogue.sources({name: state} if state else {})
    if not (is_there or (state.get("removed") and LEAVING in state)):
        raise Refused(f"there is no source {name}")

    def close(tx: Transaction) -> Leaving:
        tx.take_several()
        known = tx.source_in_hand(name)
        leaving = _leaving(tx, known, routes_in(known), tx.open_alerts(name))
        _require_reach(world, leaving, terms)
        tx.keep_source_state(name, {**known, "removed": True, LEAVING: leaving})
        return leaving

    leaving = await world.database.write(close)
    await _nothing_owed(world, name, None, terms)
    taken = await _taken(world, leaving, terms)

    def forget(tx: Transaction) -> None:
        _forget(tx, leaving)
        tx.keep_source_state(name, {"removed": True})
        tx.record_for_service(_removed(name, leaving, taken, deed))

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
        ("left open, since nothing leads there any more: resolve them in PagerDuty", taken.stuck),
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
    words = service.casefold() if service else None

    def close(tx: Transaction) -> Leaving:
        tx.take_several()
        known = tx.source_in_hand(name)
        routes = _meant(routes_in(known), words)
        ids = {str(one["key_id"]) for one in routes}
        leaving = _leaving(tx, known, routes, [one for one in tx.open_alerts(name) if one.key_id in ids])
        kept = [one for one in routes_in(known) if one not in routes]
        if leaving["routes"]:
            _require_reach(world, leaving, terms)
            tx.keep_source_state(name, {**known, "routes": kept, LEAVING: leaving})
        return leaving

    leaving = await world.database.write(close)
    if not leaving["routes"]:
        what = f"no route to {service}" if service else "no route that Muster made"
        raise Refused(f"{name} has {what}; those in muster.yaml are taken away there")
    await _nothing_owed(world, name, {str(one["key_id"]) for one in leaving["routes"]}, terms)
    taken = await _taken(world, leaving, terms)

    def forget(tx: Transaction) -> None:
        _forget(tx, leaving)
        tx.keep_source_state(name, {what: told for what, told in tx.source_in_hand(name).items() if what != LEAVING})
        for route in leaving["routes"]:
            tx.record_for_service(_disconnected(name, route, taken, deed))

    await world.database.write(forget)
    return taken


def _require_reach(world: World, leaving: Leaving, terms: Terms) -> None:
    """Refused, and nothing done, while what is open could not be settled for want of an account in muster.yaml."""
    for route in leaving["routes"] if not terms.hand_over else ():
        try:
            world.of(_account(route))
        except Refused as refusal:
            raise Refused(f"{refusal}: put it back first, or leave what is open to people") from refusal


def _leaving(
    tx: Transaction, state: Mapping[str, Any], routes: Sequence[Mapping[str, Any]], alerts: Sequence[Alert]
) -> Leaving:
    """With what is on its way out already. The alerts are over for Muster from here on, so that what comes meanwhile is
    another's."""
    before = state.get(LEAVING) or {"routes": [], "alerts": []}
    for alert in alerts:
        tx.keep_alert(replace(alert, status="resolved"))
    told = [{"dedup_key": one.dedup_key, "key_id": one.key_id, "service_id": one.service_id} for one in alerts]
    return {"routes": [*before["routes"], *routes], "alerts": [*before["alerts"], *told]}


async def _nothing_owed(world: World, name: str, key_ids: Set[str] | None, terms: Terms) -> None:
    """What is on its way arrives before the resolve, else it would stay open, and so does what is over; the rest is not
    sent, unless it is for people. What PagerDuty does not take in time is left in the queue, with its key."""

    def settle(tx: Transaction) -> bool:
        if not terms.hand_over:
            tx.withhold_signals(name, key_ids)
        return not tx.owes_signals(name, key_ids)

    with suppress(TimeoutError):
        async with asyncio.timeout(world.database.lease):
            while not await world.database.write(settle):
                await asyncio.sleep(LOOK_EVERY)


async def _taken(world: World, leaving: Leaving, terms: Terms) -> Taken:
    alerts = leaving["alerts"]
    resolved = [] if terms.hand_over else [one for one in alerts if await _is_resolved(world, one)]
    left = tuple(str(one["dedup_key"]) for one in alerts if one not in resolved)
    kept = [(one, await _deleted(world, one)) for one in leaving["routes"]] if terms.delete else []
    return Taken(
        resolved=tuple(str(one["dedup_key"]) for one in resolved),
        handed_over=left if terms.hand_over else (), stuck=() if terms.hand_over else left,
        deleted=tuple(_called(one) for one, why in kept if not why),
        kept=tuple(why for _, why in kept if why),
    )  # fmt: skip


async def _is_resolved(world: World, alert: Mapping[str, Any]) -> bool:
    """Whether PagerDuty was told; not, when the key that it was raised with is gone."""
    id_, service = alert["key_id"], alert["service_id"]
    try:
        key = await known_key(world, id_) if id_ else await world.routing_key(service or "")
        await world.events_api.send(key, ALERT, {"event_action": "resolve", "dedup_key": alert["dedup_key"]})
    except Refused as refusal:
        if refusal.trouble:
            raise
        return False
    return True


async def _deleted(world: World, route: Mapping[str, Any]) -> str:
    """Empty when its integration is gone, else why not."""
    try:
        there = world.of(_account(route))
        await there.pagerduty.delete_integration(str(route["service"]), str(route["integration"]))
    except Refused as refusal:
        if refusal.trouble:
            raise
        return f"the integration on {_called(route)} is still there ({refusal}): delete it in PagerDuty"
    return ""


def _forget(tx: Transaction, leaving: Leaving) -> None:
    """Keys that nothing needs any more: another source may have raised an alert with one."""
    for route in leaving["routes"]:
        if not tx.needs_key(str(route["key_id"])):
            tx.forget_integration_key(str(route["key_id"]))


def _meant(routes: Sequence[Mapping[str, Any]], words: str | None) -> list[Mapping[str, Any]]:
    """`words`: case-folded; a service's bare name means one of another account only where none of ours has it."""
    named = [one for one in routes if words is None or words in {*_names(one), _called(one).casefold()}]
    return named or [one for one in routes if words == str(one["service_name"]).casefold()]


def _names(route: Mapping[str, Any]) -> set[str]:
    return {str(route[name]).casefold() for name in ("service", "name")}


def _called(route: Mapping[str, Any]) -> str:
    return called(str(route["service_name"]), _account(route))


def _account(route: Mapping[str, Any]) -> str:
    return str(route.get("account", ""))


def _removed(name: str, leaving: Leaving, taken: Taken, deed: Deed) -> SourceRemoved:
    became = (("resolved", taken.resolved), ("handed over", taken.handed_over), ("left open", taken.stuck))
    settled = " or ".join(word for word, keys in became if keys) or "none"
    return SourceRemoved(
        service_id=name, at=datetime.now(UTC), by=deed.by, key=f"remove:{deed.key}", origin=deed.origin,
        alerts=tuple(str(one["dedup_key"]) for one in leaving["alerts"]), settled=settled,
    )  # fmt: skip


def _disconnected(name: str, route: Mapping[str, Any], taken: Taken, deed: Deed) -> SourceDisconnected:
    return SourceDisconnected(
        service_id=name, at=datetime.now(UTC), by=deed.by, key=f"disconnect:{deed.key}:{route['service']}",
        origin=deed.origin, service=str(route["service"]), service_name=_called(route), route=str(route["name"]),
        deleted=_called(route) in taken.deleted,
    )  # fmt: skip
