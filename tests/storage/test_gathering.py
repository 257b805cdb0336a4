"""Deliveries that come at once share a transaction on Postgres; each is kept, or not, as if it came alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.errors import Unavailable
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database, NewDelivery
from storage.schema import inbox
from tests.databases import on_postgres, until_somebody_waits
from tests.eventually import eventually

pytestmark = [pytest.mark.anyio, on_postgres]


def delivery(key: str) -> NewDelivery:
    return NewDelivery("in:cron", key, None, {}, b"{}", datetime.now(UTC))


async def keys(database: Database) -> list[str]:
    return [row.key for row in await database.read(lambda tx: tx._all(inbox.select().order_by(inbox.c.id)))]


@asynccontextmanager
async def held(database: Database, url: str) -> AsyncIterator[None]:
    """Nobody can keep anything: what comes meanwhile waits for the first of it."""
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
        first = asyncio.create_task(database.keep(delivery("first"), within=9))
        await asyncio.to_thread(until_somebody_waits, url)
        yield
        other.rollback()
    await first


async def waiting(database: Database, count: int) -> None:
    assert database._gathering
    await eventually(lambda: database._gathering and database._gathering._works.qsize() == count)


async def test_what_waits_is_one_transaction(database: Database, database_url: str) -> None:
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(20)]
        await waiting(database, 20)
    await asyncio.gather(*rest)
    rows = await database.read(lambda tx: tx._all(sa.select(sa.text("xmin::text, key FROM inbox ORDER BY id"))))
    assert [row.key for row in rows] == ["first", *(f"k{nth}" for nth in range(20))]
    assert len({row.xmin for row in rows}) == 2


async def test_replicas_that_are_sent_the_same_in_another_order_keep_it_without_waiting_for_each_other(
    database: Database, database_url: str
) -> None:
    """Two subscriptions tell of the same events, for instance, and a balancer gives each to another replica."""
    other = Database(database_url, Reactions(Routing()))
    other.open()
    try:
        for nth in range(10):
            came = [f"{nth}:{each}" for each in range(50)]
            there = Random(nth).sample(came, len(came))
            await asyncio.gather(
                *(database.keep(delivery(key), within=0.8) for key in came),
                *(other.keep(delivery(key), within=0.8) for key in there),
            )
    finally:
        other.close()
    assert len(await keys(database)) == 500


async def test_one_that_the_database_does_not_take_fails_alone(database: Database, database_url: str) -> None:
    too_long = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))
    async with held(database, database_url):
        good = [asyncio.create_task(database.keep(delivery(key), within=9)) for key in ("a", "b", "a")]
        bad = asyncio.create_task(database.keep(delivery(too_long), within=9))
        good.append(asyncio.create_task(database.keep(delivery("c"), within=9)))
        await waiting(database, 5)
    await asyncio.gather(*good)
    with pytest.raises(Unavailable, match="does not take it"):
        await bad
    assert await keys(database) == ["first", "a", "b", "c"]


async def test_one_for_which_nobody_waits_any_more_is_not_kept_and_spoils_no_other(
    database: Database, database_url: str
) -> None:
    async with held(database, database_url):
        late = asyncio.create_task(database.keep(delivery("late"), within=0.05))
        good = asyncio.create_task(database.keep(delivery("good"), within=9))
        with pytest.raises(Unavailable):
            await late
        await waiting(database, 2)
    await good
    assert await keys(database) == ["first", "good"]


async def test_a_connection_that_is_cut_is_replaced_and_nothing_is_lost(database: Database, database_url: str) -> None:
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(5)]
        await waiting(database, 5)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    await asyncio.gather(*rest)
    assert sorted(await keys(database)) == ["first", *(f"k{nth}" for nth in range(5))]


async def test_what_was_submitted_is_kept_before_it_closes(database: Database, database_url: str) -> None:
    rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*rest)
    database.open()
    assert len(await keys(database)) == 5
    database.close()
    with pytest.raises(Unavailable):
        await database.keep(delivery("later"), within=1)
