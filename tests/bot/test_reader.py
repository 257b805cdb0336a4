"""Deliveries are understood in the order they were kept; what cannot be understood stays, and stops nothing."""

import asyncio
import random
import string
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.console.operate import read_all_again
from bot.receiving.reader import BATCH, Reader, read_some
from storage import Database, Delivery, NewDelivery, Transaction
from tests.bot.doors import kinds, told
from tests.builders import triggered
from tests.databases import on_postgres, on_sqlite, until_somebody_waits
from tests.eventually import eventually

pytestmark = pytest.mark.anyio
POISON = {
    "no JSON": b"\xff\0", "nothing": b"", "a list": b"[]", "unknown type": told("P", kind="incident.abducted"),
    "an endless id": told("P", id="Q" * 256), "an endless incident_key": told("P", incident_key="k" * 12_000),
    "an endless time": told("P").replace(b":00Z", b":00." + b"0" * 12_000 + b"Z"),
    "no id": told("P", id=None), "no status": told("P", status="confused"), "too deep": b"[" * 100_000,
}  # fmt: skip


def delivery(body: bytes, key: str, *, source: str = "pagerduty") -> NewDelivery:
    return NewDelivery(source, key, "Q1", {}, body, received_at=datetime.now(UTC))


async def keep(database: Database, *bodies: bytes, source: str = "pagerduty") -> None:
    def keep(tx: Transaction) -> None:
        for nth, body in enumerate(bodies):
            tx.keep(delivery(body, f"k{nth}-{hash(body)}", source=source))

    await database.write(keep)


async def read_all(database: Database) -> int:
    """How many deliveries there were; on a busy machine one turn is over before all are read."""
    waiting = len(await database.read(lambda tx: tx.unread(100)))
    await eventually(lambda: _is_read(database))
    return waiting


async def _is_read(database: Database) -> bool:
    await database.write(read_some)
    return not await database.read(lambda tx: tx.unread(1))


async def complaints(database: Database) -> list[Delivery]:
    return await database.read(lambda tx: tx.not_understood())


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[Reader]:
    reader = Reader(database)
    running = asyncio.create_task(reader.run())
    yield reader
    reader.stop()
    await asyncio.wait_for(running, 3)


async def test_one_incidents_deliveries_are_read_in_the_order_they_were_kept(database: Database) -> None:
    names = ["triggered", "acknowledged", "unacknowledged", "acknowledged", "resolved"]
    stands = ["triggered", "acknowledged", "triggered", "acknowledged", "resolved"]
    bodies = [
        told(f"E{nth}", kind=f"incident.{name}", minute=nth, status=status)
        for nth, (name, status) in enumerate(zip(names, stands, strict=True))
    ]
    await keep(database, *bodies)
    assert await read_all(database) == 5
    assert await kinds(database) == [f"incident.{name}" for name in names]


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
async def test_what_cannot_be_understood_stays_with_its_complaint_and_the_rest_goes_on(
    database: Database, body: bytes
) -> None:
    await keep(database, told("E1"), body, told("E2", kind="incident.acknowledged", minute=1, status="acknowledged"))
    assert await read_all(database) == 3
    assert await kinds(database) == ["incident.triggered", "incident.acknowledged"]
    (stays,) = await complaints(database)
    assert (stays.body, stays.state) == (body, "not understood")
    assert stays.complaint
    assert await database.write(read_some) == 0


async def test_a_bug_spoils_one_delivery_alone_and_says_no_more_than_its_name(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A source that nobody reads is a mistake in Muster, not in what was sent."""
    await keep(database, b"x", source="unheard-of")
    await keep(database, told())
    await database.write(read_some)
    assert [one.complaint for one in await complaints(database)] == ["a fault in Muster: KeyError"]
    assert await kinds(database) == ["incident.triggered"]
    assert "bug while reading" in caplog.text


async def test_a_ping_is_read_and_means_nothing(database: Database) -> None:
    await keep(database, told(kind="pagey.ping"))
    assert await database.write(read_some) == 1
    assert await complaints(database) == []
    assert await database.read(lambda tx: list(tx.streams())) == []


def put_aside(tx: Transaction) -> None:
    for one in tx.unread(9):
        tx.complain(one.id, "not yet")


async def test_a_replay_reads_what_is_understood_by_now_and_keeps_the_rest(database: Database) -> None:
    """As after an upgrade: what was put aside can be read today."""
    await keep(database, told(), POISON["unknown type"])
    await database.write(put_aside)
    assert await read_all_again(database, None) == (1, 1)
    assert await kinds(database) == ["incident.triggered"]
    assert [one.body for one in await complaints(database)] == [POISON["unknown type"]]
    assert await read_all_again(database, None) == (0, 1)


@on_postgres
async def test_a_replay_lets_the_readers_have_their_turn(database: Database) -> None:
    """All of it in one transaction would keep every page from being read for its whole length."""
    await keep(database, *(told() for _ in range(20)))
    await database.write(lambda tx: [tx.complain(one.id, "not yet") for one in tx.unread(20)])
    assert await read_all_again(database, None) == (20, 0)
    found = await database.read(lambda tx: tx._all(sa.text("SELECT DISTINCT xmin::text FROM inbox")))
    assert len(found) == 3


async def test_what_the_database_never_takes_spoils_one_delivery_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reading lets through: Postgres refuses an index row beyond 8191 bytes as it does a full disk."""
    monkeypatch.setattr("bot.pagerduty.reading.LONGEST_NAME", 10**6)
    endless = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=12_000))
    await keep(database, told("E1", incident_key=endless), told("E2", id="Q2"))
    assert await read_all(database) == 2
    assert await database.read(lambda tx: tx.incident_by_pagerduty_id("Q2")) is not None
    assert await database.write(read_some) == 0
    refused = database.dialect == "postgresql"  # SQLite has room for it
    assert len(await complaints(database)) == refused


@pytest.mark.parametrize("said", [b"0999-01-01T00:00:00Z", b"9999-01-01T00:00:00Z", b"1970-01-01T00:00:00Z"])
async def test_what_cannot_have_happened_then_happened_when_we_heard_of_it(database: Database, said: bytes) -> None:
    """Else a year of 999 could not be read again, and after one of 9999 all news would be stale."""
    resolved, soon = told("E2", kind="incident.resolved", status="resolved"), datetime.now(UTC) + timedelta(minutes=1)
    await keep(database, told("E1").replace(b"2026-03-01T12:00:00Z", said))
    await keep(database, resolved.replace(b"2026-03-01T12:00:00Z", soon.isoformat().encode()))
    await read_all(database)
    entry, _ = await database.read(lambda tx: tx.timeline("INC-1"))
    assert abs(datetime.now(UTC) - entry.at) < timedelta(minutes=1)
    assert said.decode() in entry.key
    assert [one.status for one in await database.read(lambda tx: tx.incidents(open_only=False))] == ["resolved"]


@on_sqlite
async def test_a_wake_up_is_enough_and_more_than_a_batch_is_read_at_once(database: Database, reader: Reader) -> None:
    acks = [
        told(f"E{nth}", kind="incident.priority_updated", minute=nth % 60, title=f"T{nth}") for nth in range(BATCH * 2)
    ]
    await keep(database, told(), *acks)
    reader.wake()
    await eventually(lambda: all_read(database), within=1.0)


async def all_read(database: Database) -> bool:
    return len(await kinds(database)) == BATCH * 2 + 1


@on_sqlite
async def test_what_a_killed_process_left_unread_is_read_without_a_wake_up(database: Database) -> None:
    await keep(database, told())
    reader = Reader(database)
    running = asyncio.create_task(reader.run())
    await eventually(lambda: kinds(database), within=1.0)
    reader.stop()
    await asyncio.wait_for(running, 3)


@on_sqlite
async def test_a_reader_whose_database_is_away_reads_once_it_is_back(database: Database) -> None:
    await keep(database, told())
    database.close()
    reader = Reader(database)
    running = asyncio.create_task(reader.run())
    await asyncio.sleep(0)  # its first look, in vain
    database.open()
    await eventually(lambda: kinds(database))
    reader.stop()
    await asyncio.wait_for(running, 3)


@on_postgres
async def test_a_deadlock_is_not_taken_for_a_delivery_that_makes_no_sense(
    database: Database, database_url: str
) -> None:
    """A command about two incidents and the reader take their rows in opposite order."""
    await database.write(lambda tx: [tx.record(triggered(pagerduty_id=one)) for one in ("Q1", "Q2")])
    kind, stands = "incident.acknowledged", "acknowledged"
    await keep(database, *(told(f"E{one}", kind=kind, id=one, status=stands) for one in ("Q1", "Q2")))
    holds = threading.Event()

    def rival(tx: Transaction) -> None:
        tx._connection.exec_driver_sql("SET LOCAL deadlock_timeout = '30s'")  # so that the reader is the one to yield
        tx.record(triggered(1, pagerduty_id="Q2"))
        holds.set()
        until_somebody_waits(database_url)
        tx.record(triggered(1, pagerduty_id="Q1"))

    going = database.submit(rival)
    await asyncio.to_thread(holds.wait, 3)
    assert await database.write(read_some) == 2, "at once, and nobody is told that the database fails"
    await asyncio.wrap_future(going)
    assert await complaints(database) == []
    assert (await kinds(database, "INC-1"))[-1] == (await kinds(database, "INC-2"))[-1] == "incident.acknowledged"
