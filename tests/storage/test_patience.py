"""Nobody waits for a database for ever: not whoever asks for a write, and not the thread that talks to a server."""

import asyncio
import sys
import threading
import time
from datetime import UTC, datetime
from typing import cast

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.errors import Unavailable
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database, NewDelivery, Transaction, engines
from storage.engines import database_url
from storage.impatient import Impatient, impatient, unhurried
from tests import postgres
from tests.eventually import eventually
from tests.journeys.mortals import free_port

WRITERS = 4


@pytest.mark.anyio
async def test_a_write_that_comes_too_late_is_not_done_at_all(database: Database) -> None:
    go_on, done = threading.Event(), []
    busy = [database.submit(lambda tx: go_on.wait(10)) for _ in range(WRITERS)]

    def late(tx: Transaction) -> None:
        done.append("late")

    started = time.monotonic()
    with pytest.raises(Unavailable) as failure:
        await database.write(late, within=0.2)
    assert time.monotonic() - started < 2
    assert failure.value.trouble
    assert failure.value.trouble.cause == "silent"
    go_on.set()
    await asyncio.gather(*(asyncio.wrap_future(one) for one in busy))
    await database.write(lambda tx: None)
    assert done == []


def test_a_server_that_says_nothing_is_given_up_on(fresh_postgres_url: str) -> None:
    engine = sa.create_engine(database_url(fresh_postgres_url))
    impatient(engine, 0.3)
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as failure:
        connection.execute(sa.text("SELECT pg_sleep(5)"))
    assert failure.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()


@pytest.mark.parametrize("of", ["writing", "reading"])
def test_so_are_the_connections_muster_lives_on(fresh_postgres_url: str, of: str) -> None:
    engine = getattr(engines, of)(database_url(fresh_postgres_url), 1)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Impatient)
        assert driver.patience
    engine.dispose()


def test_a_migration_may_take_its_time(fresh_postgres_url: str) -> None:
    engine = sa.create_engine(database_url(fresh_postgres_url))
    impatient(engine, 0.2)
    with engine.connect() as connection, unhurried(connection):
        assert connection.scalar(sa.text("SELECT 1 FROM pg_sleep(0.5)")) == 1
    engine.dispose()


@pytest.mark.anyio
async def test_a_replica_frozen_within_a_transaction_keeps_nobody_from_reading_for_long(
    fresh_postgres_url: str,
) -> None:
    """Paused with its machine, or stopped: its connection lives on, and the locks with it."""
    frozen, other = (Database(fresh_postgres_url, Reactions(Routing()), writers=1) for _ in range(2))
    frozen.open()
    other.open()
    await other.write(lambda tx: tx.keep(NewDelivery("pagerduty", "D1", None, {}, b"{}", datetime.now(UTC))))
    thawed, began, found = threading.Event(), threading.Event(), []

    def read(tx: Transaction) -> None:
        found.append(len(tx.unread(1)))
        began.set()
        thawed.wait(30)
        tx.mark_read(1)

    try:
        stopped = frozen.submit(read)
        await eventually(began.is_set)
        assert await other.write(lambda tx: tx.unread(1)) == []
        assert await eventually(lambda: other.write(lambda tx: tx.unread(1)), within=10.0)
        thawed.set()
        await asyncio.wrap_future(stopped)
        assert found == [1, 1]  # what it had not committed is done again, from the beginning
    finally:
        thawed.set()
        frozen.close()
        other.close()


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")
def test_a_replica_stopped_in_the_middle_of_an_answer_keeps_its_locks_for_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the sockets cannot hold the server goes on sending, so that its session is never idle."""
    monkeypatch.setattr(engines, "STUCK_AFTER", "500ms")
    port = free_port()
    with postgres.mortal_server(port) as server, psycopg.connect(server.url, autocommit=True) as other:
        other.execute("CREATE TABLE held (row int); INSERT INTO held VALUES (1); SET lock_timeout = '10s'")
        engine = engines.writing(database_url(server.url), 1)
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT row FROM held FOR UPDATE"))
            driver = cast(psycopg.Connection, connection.connection.driver_connection)
            driver.pgconn.send_query(b"SELECT repeat('x', 1000000) FROM generate_series(1, 100)")
            driver.pgconn.flush()
            other.execute("SELECT row FROM held FOR UPDATE")
            connection.invalidate()
        engine.dispose()


def test_a_migration_may_think_and_wait_for_longer_than_a_writer(fresh_postgres_url: str) -> None:
    engine = engines.writing(database_url(fresh_postgres_url), 1)
    limits = sa.text("SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout')")
    usual = (engines.FROZEN_AFTER, engines.LOCKED_OUT_AFTER)
    with engine.begin() as connection:
        assert connection.execute(limits).one() == usual
        with unhurried(connection):
            assert connection.execute(limits).one() == ("0", "0")
    with engine.connect() as connection:
        assert connection.execute(limits).one() == usual
    engine.dispose()


@pytest.mark.anyio
async def test_who_waits_for_long_for_what_another_has_begins_anew_and_is_served(fresh_postgres_url: str) -> None:
    """It may be a frozen replica's: given the lock, it would keep that from everybody else."""
    waiting, began = Database(fresh_postgres_url, Reactions(Routing()), writers=1), []
    waiting.open()
    try:
        await waiting.write(lambda tx: tx.keep_source_state("shop", {"disabled": True}))

        def wait(tx: Transaction) -> None:
            began.append("anew")
            tx.keep_source_state("shop", {**tx.source_in_hand("shop"), "seen": True})

        with psycopg.connect(fresh_postgres_url) as holder:
            holder.execute("SELECT * FROM sources FOR UPDATE")
            served = waiting.submit(wait)
            await eventually(lambda: len(began) > 1, within=5.0)
        await asyncio.wrap_future(served)
        assert await waiting.read(lambda tx: tx.source_state("shop")) == {"disabled": True, "seen": True}
    finally:
        waiting.close()
