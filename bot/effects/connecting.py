"""Connecting a source with a PagerDuty service: the integration, its key, and the route."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from bot.domain.connecting import Connection, Deed, Wish, called, route_named, routes_in
from bot.domain.errors import Refused
from bot.domain.events.connecting import SourceConnected
from bot.domain.incident import Reference
from bot.domain.source import NAME, id_of, placed
from bot.effects.world import World
from bot.pagerduty.resources.setup import ALERTS, BY_SEVERITY
from bot.pagerduty.rest import Integration, ServiceSetup
from bot.proof.vault import Vault
from storage import Transaction

ID = re.compile(r"P[A-Z0-9]{3,20}")


@dataclass(frozen=True)
class Made:
    """What there is in PagerDuty now, and what of it Muster has made. `secret` is for a source that is new."""

    setup: ServiceSetup
    integration: Integration
    what: tuple[str, ...]
    secret: str = field(repr=False)


async def connect(world: World, wish: Wish, deed: Deed) -> Connection:
    """A repeat is harmless: a service is known again by the mark of the deed in its description, an integration by
    its name, which is the source's, and the route by its service. No key is believed yet: see `verifying`."""
    world, vault = world.of(wish.account), needed_vault(world)
    state = await world.database.read(lambda tx: tx.source_state(wish.source))
    check(world, wish, deed, state)
    setup, what = await _service(world, wish, deed)
    if wish.severity_based and not (setup.follows_severity and setup.makes_alerts):
        await world.pagerduty.let_severity_decide(setup.service.id)
        setup = replace(setup, urgency=BY_SEVERITY, alert_creation=ALERTS)
    integration, is_new = await _integration(world, setup, wish.source)
    made = Made(setup, integration, (*what, "integration") if is_new else what, token_hex(16))
    return await world.database.write(lambda tx: _keep(tx, world, vault, wish, deed, made))


def needed_vault(world: World) -> Vault:
    vault = world.vault()
    if vault is None:
        raise Refused("there is no signing key to seal secrets with: set MUSTER_SIGNING_KEY, or see `muster key`")
    return vault


def check(world: World, wish: Wish, deed: Deed, state: Mapping[str, Any] | None) -> None:
    """Refused when the source is not there, or is there though it shall be made. One of muster.yaml that was removed
    comes back."""
    there = wish.source in world.roster.catalogue.sources({wish.source: state} if state else {})
    is_written = wish.source in world.roster.catalogue.written
    if (state or {}).get("leaving"):
        raise Refused(f"{wish.source} is being taken away: wait, or take it away once more if that ended half-way")
    if wish.adapter is None:
        if not (there or is_written):
            raise Refused(f"there is no source {wish.source}: name its adapter too, and it is made")
        return
    if not NAME.fullmatch(wish.source):
        raise Refused("the name of a source has small letters, digits and dashes: it stands in an address")
    if wish.adapter not in world.roster.catalogue.kinds:
        known = ", ".join(sorted(world.roster.catalogue.kinds))
        raise Refused(f"no source is made of {wish.adapter} without settings in muster.yaml; there are {known}")
    if is_written or (there and (state or {}).get("made_by") != deed.key):
        raise Refused(f"there is a source {wish.source} already: connect that one, or choose another name")


async def service_named(world: World, words: str) -> Reference:
    """By id, or by the whole name whatever its capitals. Refused when there is none."""
    found = [one for one in await world.pagerduty.services_like(words) if one.summary.casefold() == words.casefold()]
    if found or not ID.fullmatch(words):
        return _only(found, "service", words)
    return (await world.pagerduty.service_setup(words)).service


async def _service(world: World, wish: Wish, deed: Deed) -> tuple[ServiceSetup, tuple[str, ...]]:
    if not wish.new_service:
        found = await service_named(world, wish.service)
        return await world.pagerduty.service_setup(found.id), ()
    policy = await _policy(world, wish.policy)
    about = f"Alerts of {wish.source}, through Muster ({deed.mark})."
    try:
        return await world.pagerduty.create_service(wish.new_service, policy.id, about), ("service",)
    except Refused as refused:
        there = None if refused.trouble else await _made_before(world, wish.new_service, about)
        if there is None:
            raise
        return there, ("service",)


async def _made_before(world: World, name: str, about: str) -> ServiceSetup | None:
    """By this very deed, whose answer was lost or which went no further."""
    same = [one for one in await world.pagerduty.services_like(name) if one.summary.casefold() == name.casefold()]
    found = await world.pagerduty.service_setup(same[0].id) if same else None
    return found if found and found.description == about else None


async def _policy(world: World, words: str) -> Reference:
    found = await world.pagerduty.escalation_policies_like("" if ID.fullmatch(words) else words)
    return _only([one for one in found if words.casefold() in {one.id.casefold(), one.summary.casefold()}],
                 "escalation policy", words)  # fmt: skip


def _only(found: Sequence[Reference], what: str, words: str) -> Reference:
    if not found:
        raise Refused(f"PagerDuty has no {what} {words!r}: give its whole name, or its id")
    return found[0]


async def _integration(world: World, setup: ServiceSetup, source: str) -> tuple[Integration, bool]:
    """Whether it is new comes with it."""
    name = f"Muster: {source}"
    there = next((one for one in setup.integrations if one.name == name), None)
    found = there or await world.pagerduty.create_integration(setup.service.id, name)
    if found.key is None:
        found = await world.pagerduty.integration(setup.service.id, found.id)
    if found.key is None:
        raise Refused(f"PagerDuty does not show the key of {name} on {setup.service.summary}: put it into muster.yaml")
    return found, there is None


def _keep(tx: Transaction, world: World, vault: Vault, wish: Wish, deed: Deed, made: Made) -> Connection:
    service, key = made.setup.service, placed(made.integration.key or "", wish.account)
    state = _source(tx.source_in_hand(wish.source), vault, wish, deed, made.secret)
    others = [one for one in routes_in(state) if not _leads(one, service, wish.account)]
    mine = next((one["name"] for one in routes_in(state) if _leads(one, service, wish.account)), None)
    name = mine or route_named(called(service.summary, wish.account), [str(one["name"]) for one in others])
    route = {"name": name, "service": service.id, "service_name": service.summary, "key_id": id_of(key),
             "integration": made.integration.id, **({"account": wish.account} if wish.account else {})}  # fmt: skip
    tx.keep_source_state(wish.source, {**state, "routes": [*others, route]})
    tx.keep_integration_key(id_of(key), vault.closed(key), service.id)
    if not wish.account:
        tx.remember_services([service])
    tx.record_for_service(_connected(wish, deed, made, name))
    is_made = state.get("made_by") == deed.key
    return Connection(
        source=wish.source, route=name, service=service, account=wish.account, key_id=id_of(key),
        urgency=made.setup.urgency,
        makes_alerts=made.setup.makes_alerts, is_first=not others and wish.source not in world.roster.catalogue.written,
        proof=str(state.get("proof", "")), secret=vault.opened(state["secrets"][0]) if is_made else None,
    )  # fmt: skip


def _leads(route: Mapping[str, Any], service: Reference, account: str) -> bool:
    return (route["service"], route.get("account", "")) == (service.id, account)


def _source(state: Mapping[str, Any], vault: Vault, wish: Wish, deed: Deed, secret: str) -> Mapping[str, Any]:
    """As it is, or as it begins; what was removed begins anew."""
    if wish.adapter is None or state.get("made_by") == deed.key:
        return {name: value for name, value in state.items() if name != "removed"}
    return {
        "adapter": wish.adapter, "proof": wish.proof, "secrets": [vault.closed(secret)], "routes": [],
        "made_by": deed.key,
    }  # fmt: skip


def _connected(wish: Wish, deed: Deed, made: Made, route: str) -> SourceConnected:
    service = made.setup.service
    return SourceConnected(
        service_id=wish.source, at=datetime.now(UTC), by=deed.by, origin=deed.origin,
        key=f"connect:{deed.key}:{service.id}", service=service.id,
        service_name=called(service.summary, wish.account), route=route, integration=made.integration.id,
        urgency=made.setup.urgency, adapter=wish.adapter, made=made.what,
    )  # fmt: skip
