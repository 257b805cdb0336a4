"""A key is proved, not believed: PagerDuty accepts any that is well formed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from bot.console.connecting import world_of
from bot.console.demo import CHOICES, environment
from bot.domain.source import id_of
from bot.effects import World
from bot.effects.verifying import Target, verified
from bot.simulator import Simulator
from bot.simulator.pagerduty.seed import integration_key
from tests.builders import CHECKOUT, triggered
from tests.journeys.town import settings

pytestmark = pytest.mark.anyio
NOBODYS = "0123456789abcdef" * 2


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as running:
        yield running


@pytest.fixture
async def world(simulator: Simulator, sqlite_url: str) -> AsyncIterator[World]:
    config = settings(simulator, sqlite_url, CHOICES, **environment(simulator), DATABASE_URL=sqlite_url)
    async with world_of(config) as world:
        yield replace(world, seen_within=0.3)


async def target(world: World, key: str, service_id: str | None = "PSCHECK") -> Target:
    vault = world.vault()
    assert vault
    sealed = vault.closed(key)
    await world.database.write(lambda tx: tx.keep_integration_key(id_of(key), sealed, service_id))
    return Target("shop", "checkout", "Checkout", service_id, id_of(key))


async def test_a_key_that_works_is_seen_and_its_alert_resolved(world: World, simulator: Simulator) -> None:
    found = await verified(world, await target(world, integration_key("Checkout")), uuid4().hex)
    assert (found.listed, found.doubt) == (True, "")
    [proof] = simulator.pagerduty.incidents
    assert proof.status == "resolved"
    assert (proof.alerts[0].severity, proof.incident_key[:7]) == ("info", "verify:")


async def test_a_key_that_leads_nowhere_is_not_believed_though_pagerduty_accepts_it(world: World) -> None:
    found = await verified(world, await target(world, NOBODYS), uuid4().hex)
    assert found.listed is False
    assert "the key is probably wrong" in found.doubt


async def test_a_key_of_another_service_is_found_out(world: World) -> None:
    found = await verified(world, await target(world, integration_key("Search")), uuid4().hex)
    assert found.doubt == "what is sent with it arrives at Search, not here"


async def test_a_key_that_is_none_is_not_even_tried(world: World, simulator: Simulator) -> None:
    found = await verified(world, await target(world, "no-key"), uuid4().hex)
    assert "not 32 letters and digits" in found.doubt
    assert simulator.faults.calls("events:*") == []


async def test_a_webhook_of_ours_tells_as_well_as_pagerduty_does(world: World, simulator: Simulator) -> None:
    """With a token that may read nothing, what came by webhook counts."""
    simulator.faults.add("pagerduty:GET *", status=403)
    blind, webhooked = await target(world, integration_key("Checkout")), uuid4().hex
    assert "the key is probably wrong" in (await verified(world, blind, uuid4().hex)).doubt
    news = triggered(incident_key=f"verify:{webhooked}", service=CHECKOUT)
    await world.database.write(lambda tx: tx.record(news))
    found = await verified(world, blind, webhooked)
    assert (found.listed, found.doubt) == (None, "")
