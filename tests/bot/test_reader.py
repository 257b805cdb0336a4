"""Deliveries are understood in the order they were kept; what cannot be understood stays, and stops nothing."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest

from bot.cli import _read_again
from bot.domain.errors import Unavailable
from bot.reader import BATCH, Reader, read_some
from storage import Database, Delivery, NewDelivery, Transaction
from tests.bot.doors import kinds, told
from tests.builders import triggered
from tests.databases import on_postgres, on_sqlite
from tests.eventually import eventually

pytestmark = pytest.mark.anyio
POISON = {
    "no JSON": b"\xff\0", "nothing": b"", "a list": b"[]", "unknown type": told("P", kind="incident.abducted"),
    "no id": told("P", id=None), "no status": told("P", status="confused"), "too deep": b"[" * 100_000,
}  # fmt: skip


def delivery(body: bytes, key: str, *, source: str = "pagerduty") -> NewDelivery:
    return NewDelivery(source, key, "Q1", {}, body, received_at=datetime.now(UTC))


async def keep(database: Database, *bodies: bytes, source: str = "pagerduty") -> None:
    def keep(tx: Transaction) -> None:
        for nth, body in enumerate(bodies):
            tx.keep(delivery(body, f"k{nth}-{hash(body)}", source=source))

    await database.write(keep)


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
    assert await database.write(read_some) == 5
    assert await kinds(database) == [f"incident.{name}" for name in names]


@pytest.mark.parametrize("body", POISON.values(), ids=POISON)
async def test_what_cannot_be_understood_stays_with_its_complaint_and_the_rest_goes_on(
    database: Database, body: bytes
) -> None:
    await keep(database, told("E1"), body, told("E2", kind="incident.acknowledged", minute=1, status="acknowledged"))
    assert await database.write(read_some) == 3
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
    ping = b'{"event":{"id":"1","event_type":"pagey.ping","occurred_at":"2026-03-01T12:00:00Z","data":{"message":"hi"}}}'
    await keep(database, ping)
    assert await database.write(read_some) == 1
    assert await complaints(database) == []
    assert await database.read(lambda tx: list(tx.streams())) == []


async def test_a_replay_reads_what_is_understood_by_now_and_keeps_the_rest(database: Database) -> None:
    """As after an upgrade: what was put aside can be read today."""
    await keep(database, told(), POISON["unknown type"])
    await database.write(lambda tx: [tx.complain(one.id, "not yet") for one in tx.unread(9)])
    assert await database.write(lambda tx: _read_again(tx, None)) == (1, 1)
    assert await kinds(database) == ["incident.triggered"]
    assert [one.body for one in await complaints(database)] == [POISON["unknown type"]]
    assert await database.write(lambda tx: _read_again(tx, None)) == (0, 1)


@on_sqlite
async def test_a_wake_up_is_enough_and_more_than_a_batch_is_read_at_once(database: Database, reader: Reader) -> None:
    acks = [
        told(f"E{nth}", kind="incident.priority_updated", minute=nth % 60, title=f"T{nth}") for nth in range(BATCH * 2)
    ]
    await keep(database, told(), *acks)
    reader.wake()
    await eventually(lambda: database.read(lambda tx: not tx.unread_count()), within=1.0)
