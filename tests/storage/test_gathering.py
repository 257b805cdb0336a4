"""Deliveries that come at once share a function; each is kept, or not, as if it came alone."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.errors import Unavailable
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database, NewDelivery
from storage.gathering import MOST
from storage.schema import inbox
from tests.databases import on_postgres, until_somebody_waits
from tests.eventually import eventually
from tests.postgres import execute

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'muster%%'
"""
REFUSES = """
CREATE TRIGGER refuses BEFORE INSERT ON inbox WHEN length(NEW.key) > 10000
BEGIN SELECT RAISE(ABORT, 'too long'); END
"""
FULL = """
CREATE FUNCTION runs_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER runs_full BEFORE INSERT ON inbox FOR EACH ROW WHEN (NEW.key <> 'first') EXECUTE FUNCTION runs_full()
"""
NOT_FULL = "DROP TRIGGER runs_full ON inbox; DROP FUNCTION runs_full()"
pytestmark = pytest.mark.anyio


def delivery(key: str) -> NewDelivery:
    return NewDelivery("in:cron", key, None, {}, b"{}", datetime.now(UTC))


async def keys(database: Database) -> list[str]:
    return [row.key for row in await database.read(lambda tx: tx._all(inbox.select().order_by(inbox.c.id)))]


@asynccontextmanager
async def held(database: Database, url: str) -> AsyncIterator[None]:
    """Nobody can keep anything: what comes meanwhile waits for the first of it."""
    if database.dialect == "sqlite":
        go_on = threading.Event()
        database.submit(lambda tx: go_on.wait(10))
        first = asyncio.create_task(database.keep(delivery("first"), within=9))
        await asyncio.sleep(0)
        yield
        go_on.set()
    else:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
            first = asyncio.create_task(database.keep(delivery("first"), within=9))
            await asyncio.to_thread(until_somebody_waits, url)
            yield
            other.rollback()
    await first


@contextmanager
def away(url: str) -> Iterator[None]:
    """Muster's connections are cut, and none can be made."""
    there = sa.make_url(url)
    name, elsewhere = there.database, there.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(elsewhere, autocommit=True) as other:
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        other.execute(CUT, (name,))
        try:
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def written_at_once(database: Database) -> list[int]:
    """How many deliveries each statement kept."""
    sizes = []

    def seen(_connection: object, _cursor: object, statement: str, rows: Any, _context: object, several: bool) -> None:
        if statement.startswith("INSERT INTO inbox"):
            sizes.append(len(rows) if several else 1)

    sa.event.listen(database._writing, "before_cursor_execute", seen)
    return sizes


async def waiting(database: Database, count: int) -> None:
    """Behind the first, which on SQLite waits for its turn as they do."""
    gathering, all_of_them = database._gathering, count + (database.dialect == "sqlite")
    await eventually(lambda: gathering and len(gathering._waiting) == all_of_them)


async def test_what_waits_is_kept_together(database: Database, database_url: str) -> None:
    sizes = written_at_once(database)
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(20)]
        await waiting(database, 20)
    await asyncio.gather(*rest)
    assert await keys(database) == ["first", *(f"k{nth}" for nth in range(20))]
    assert sizes == {"sqlite": [21], "postgresql": [1, 20]}[database.dialect]


@on_postgres
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
    if database.dialect == "sqlite":  # which has no limit of its own here
        await database.write(lambda tx: tx._do(sa.text(REFUSES)))
    async with held(database, database_url):
        good = [asyncio.create_task(database.keep(delivery(key), within=9)) for key in ("a", "b", "a")]
        bad = asyncio.create_task(database.keep(delivery(too_long), within=9))
        good.append(asyncio.create_task(database.keep(delivery("c"), within=9)))
        await waiting(database, 5)
    await asyncio.gather(*good)
    with pytest.raises((Unavailable, sa.exc.IntegrityError), match=r"does not take it|too long"):
        await bad
    assert await keys(database) == ["first", "a", "b", "c"]


@on_postgres
async def test_when_the_database_fails_nobody_is_tried_alone(database: Database, database_url: str) -> None:
    sizes = written_at_once(database)
    execute(database_url, FULL)
    try:
        async with held(database, database_url):
            rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(5)]
            await waiting(database, 5)
        told = await asyncio.gather(*rest, return_exceptions=True)
    finally:
        execute(database_url, NOT_FULL)
    assert [type(one) for one in told] == [Unavailable] * 5
    assert sizes == [1, 5]
    await database.keep(delivery("later"), within=9)
    assert await keys(database) == ["first", "later"]


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


@on_postgres
async def test_a_connection_that_is_cut_is_replaced_and_nothing_is_lost(database: Database, database_url: str) -> None:
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(5)]
        await waiting(database, 5)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    await asyncio.gather(*rest)
    assert sorted(await keys(database)) == ["first", *(f"k{nth}" for nth in range(5))]


async def test_the_first_of_two_under_one_name_is_the_one_that_is_kept(database: Database, database_url: str) -> None:
    async with held(database, database_url):
        rest = [
            asyncio.create_task(database.keep(replace(delivery(key), body=body), within=9))
            for key, body in [("z", b"1"), ("a", b"2"), ("z", b"3"), ("a", b"4")]
        ]
        await waiting(database, 4)
    await asyncio.gather(*rest)
    rows = await database.read(lambda tx: tx._all(inbox.select().order_by(inbox.c.id)))
    assert [(row.key, row.body) for row in rows] == [("first", b"{}"), ("z", b"1"), ("a", b"2")]


async def test_more_than_fit_into_one_are_kept_in_order(database: Database, database_url: str) -> None:
    sizes = written_at_once(database)
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(2 * MOST + 1)]
        await waiting(database, len(rest))
    await asyncio.gather(*rest)
    assert await keys(database) == ["first", *(f"k{nth}" for nth in range(len(rest)))]
    assert max(sizes) == MOST


@on_postgres
async def test_whoever_waits_is_told_that_the_database_is_away_and_what_comes_later_is_kept(
    database: Database, database_url: str
) -> None:
    with away(database_url):
        database._writing.dispose()  # so that nothing can be begun
        async with asyncio.timeout(5):
            told = await asyncio.gather(
                *(database.keep(delivery(f"k{nth}"), within=9) for nth in range(5)), return_exceptions=True
            )
    assert [type(one) for one in told] == [Unavailable] * 5
    await database.keep(delivery("later"), within=9)
    assert await keys(database) == ["later"]


async def test_what_was_submitted_is_kept_before_it_closes(database: Database, database_url: str) -> None:
    async with held(database, database_url):
        rest = [asyncio.create_task(database.keep(delivery(f"k{nth}"), within=9)) for nth in range(MOST + 1)]
        await waiting(database, len(rest))
        closing = asyncio.create_task(asyncio.to_thread(database.close))
        await eventually(lambda: database._gathering and not database._gathering._is_open)
    await asyncio.gather(closing, *rest)
    database.open()
    assert len(await keys(database)) == MOST + 2
    database.close()
    with pytest.raises(Unavailable):
        await database.keep(delivery("later"), within=1)
