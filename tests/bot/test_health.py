"""Whether Muster lives, is ready, and how it fares; whatever else is away."""

from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from bot import health
from bot.domain.job import Job
from storage import Database, Transaction, migration
from tests.bot.doors import serving
from tests.databases import on_sqlite
from tests.eventually import eventually

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
    there = await figures(client)
    assert there["muster_database_up"] == 0
    assert "muster_owed_jobs" in there


async def test_metrics_say_that_the_database_is_there(client: httpx.AsyncClient) -> None:
    assert (await figures(client))["muster_database_up"] == 1


@pytest.mark.parametrize(
    ("revision", "status", "why"),
    [(None, 503, "no schema of Muster yet: run `muster migrate`"), ("9999 of a newer Muster", 200, None)],
)
async def test_ready_means_that_the_schema_serves_this_code(
    client: httpx.AsyncClient, database: Database, revision: str | None, status: int, why: str | None
) -> None:
    """While the next version's replicas come up beside ours, the schema may be theirs already."""
    kept = await database.read(lambda tx: migration.revision(tx._connection))
    await database.write(lambda tx: stamped(tx, revision))
    try:
        ready = await eventually(lambda: readiness(client), within=15.0)
        there = (await figures(client))["muster_database_up"]
    finally:
        await database.write(lambda tx: stamped(tx, kept))
    assert ready.status_code == status
    assert there == (status == 200)
    assert why is None or why in ready.json()["why"]


async def readiness(client: httpx.AsyncClient) -> httpx.Response | None:
    """None while a busy machine's database takes longer than a probe waits."""
    answer = await client.get("/readyz")
    return None if answer.json().get("why") == "the database does not answer" else answer


def stamped(tx: Transaction, revision: str | None) -> None:
    tx._connection.execute(sa.text("DELETE FROM alembic_version"))
    if revision:
        tx._connection.execute(sa.text("INSERT INTO alembic_version VALUES (:now)"), {"now": revision})


async def test_a_schema_that_is_behind_is_named() -> None:
    assert migration.shortcoming(migration.history()[-1]) is None
    for older in migration.history()[:-1]:
        assert f"is at {older}" in (migration.shortcoming(older) or "")


@on_sqlite
async def test_the_database_is_up_though_counting_what_is_owed_fails(
    client: httpx.AsyncClient, database: Database
) -> None:
    """What is counted is another question than whether a delivery would be kept."""
    await figures(client)
    await database.write(lambda tx: tx._connection.execute(sa.text("ALTER TABLE jobs RENAME TO elsewhere")))
    assert ((await figures(client))["muster_database_up"], (await client.get("/readyz")).status_code) == (1, 200)


@on_sqlite
async def test_metrics_come_in_prometheus_own_type(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics")).headers["Content-Type"].startswith("text/plain; version=")
