"""Whether Muster lives, is ready, and how it fares; whatever else is away."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import health
from bot.domain.job import Job
from storage import Database, Transaction
from tests.bot.doors import serving
from tests.databases import on_sqlite

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(health.routes(database)) as client:
        yield client


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    text = (await client.get("/metrics")).text
    return {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    alive, ready = await client.get("/livez"), await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True})


async def test_without_a_database_it_lives_and_says_why_it_is_not_ready(
    client: httpx.AsyncClient, database: Database
) -> None:
    database.close()
    assert (await client.get("/livez")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert ready.json()["why"]


async def test_metrics_tell_what_is_owed(client: httpx.AsyncClient, database: Database) -> None:
    for nth in range(3):
        await database.write(partial(Transaction.put, job=Job("say", f"lane{nth}")))
    await database.write(lambda tx: tx.claim(1))
    late = await database.write(lambda tx: tx.claim(1))
    await database.write(lambda tx: tx.put_off(late[0], seconds=60, complaint="no", reached=False))
    assert (await figures(client))["muster_owed_jobs"] == 3


@on_sqlite
async def test_metrics_are_served_while_the_database_is_away(client: httpx.AsyncClient, database: Database) -> None:
    database.close()
    assert "muster_owed_jobs" in await figures(client)


@on_sqlite
async def test_metrics_come_in_prometheus_own_type(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics")).headers["Content-Type"].startswith("text/plain; version=")
