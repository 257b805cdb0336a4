"""On Postgres nobody has to be undone: whoever wants more than one row takes them as docs/decisions/0006 says.

In each of these tests somebody outside holds one row until both sides stand where they would wait for each other.
Postgres looks for such a circle only long after the test has lost its patience.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.chain import redaction_key
from bot.domain.events import Entry, news, redactions, signals
from bot.domain.events.requests import Created, Declared
from bot.domain.events.storms import RoomShared
from bot.domain.incident import Subject
from bot.domain.people import MUSTER
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.domain.signal import Alert
from bot.domain.source import SourceSettings, Verification
from bot.effects import World
from bot.effects.correlation import correlate
from bot.effects.reconcile import reconcile
from bot.receiving import reader
from bot.receiving.intake import Intake
from bot.receiving.reader import read_some
from bot.roster import Roster
from bot.simulator import Simulator
from storage import Database, NewDelivery, Transaction
from tests import postgres
from tests.bot.doors import told as webhook
from tests.builders import START, claim, fact, room_opened, snapshot, told, triggered
from tests.databases import on_postgres
from tests.eventually import eventually

pytestmark = [pytest.mark.anyio, on_postgres]
PATIENCE, LOOKS_AFTER = 5.0, "15s"
INTAKE = Intake(Roster([SourceSettings("monitor", "events-v2", Verification(none=True))]), lambda: None)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    name = sa.make_url(database_url).database
    postgres.execute(database_url, f"ALTER DATABASE {name} SET deadlock_timeout = '{LOOKS_AFTER}'")
    database = Database(database_url, Reactions(Routing()))
    database.open()
    yield database
    database.close()
    postgres.execute(database_url, f"ALTER DATABASE {name} RESET deadlock_timeout")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader goes on with its batch, however long it was held up."""
    monkeypatch.setattr(reader, "LONGEST", 60.0)


class Street:
    """Two who want the same rows, and one who holds them up."""

    def __init__(self, database: Database, url: str) -> None:
        self.database, self._url = database, url

    @contextmanager
    def held(self, row: str) -> Iterator[None]:
        """`row`: "table WHERE …". Nobody else has it meanwhile."""
        with psycopg.connect(self._url) as connection:
            assert connection.execute(f"SELECT 1 FROM {row} FOR UPDATE".encode()).fetchall()
            yield
            connection.rollback()

    async def goes(self, fn: Callable[[Transaction], Any], waiting: int) -> Future[Any]:
        """Has begun, and has ended or is the so-manieth who waits."""
        going = self.database.submit(fn)
        await eventually(lambda: going.done() or self.waiting() >= waiting)
        return going

    def waiting(self) -> int:
        with psycopg.connect(self._url) as connection:
            [found] = connection.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted").fetchall()
        return int(found[0])

    async def keep(self, *deliveries: NewDelivery) -> None:
        await self.database.write(lambda tx: [tx.keep(one) for one in deliveries])


@pytest.fixture
async def street(database: Database, database_url: str) -> Street:
    """With four incidents, and one alert that nobody has put into any of them."""

    def introduce(tx: Transaction) -> None:
        for nth in (1, 2, 3, 4):
            tx.record(triggered(pagerduty_id=f"Q{nth}", incident_key=f"key-{nth}"))
        tx.keep_alert(alert("key-1"))

    await database.write(introduce)
    return Street(database, database_url)


def alert(key: str, **known: Any) -> Alert:
    return Alert(source="monitor", dedup_key=key, status="triggered", queue="q", severity="error", summary="Disk full",
                 raised_at=START, **known)  # fmt: skip


def acknowledged(name: str) -> NewDelivery:
    body = webhook(f"E-{name}", kind="incident.acknowledged", id=name, status="acknowledged")
    return NewDelivery("pagerduty", f"E-{name}", name, {}, body, datetime.now(UTC))


def signalled(key: str, name: str = "first") -> NewDelivery:
    body = json.dumps({"routing_key": "r" * 32, "event_action": "acknowledge", "dedup_key": key})
    return NewDelivery("in:monitor", f"monitor:{key}:{name}", None, {}, body.encode(), datetime.now(UTC))


def reading(tx: Transaction) -> int:
    return read_some(tx, INTAKE)


async def both(*futures: Future[Any]) -> None:
    started = time.monotonic()
    await asyncio.wait_for(asyncio.gather(*map(asyncio.wrap_future, futures)), PATIENCE)
    assert time.monotonic() - started < PATIENCE


async def test_the_reader_owes_an_umbrella_s_card_only_when_it_needs_no_other_incident(street: Street) -> None:
    """Whoever records that an incident of a storm has moved owes the umbrella's card, and holds that incident."""

    def share(tx: Transaction) -> None:
        tx.record(room_opened())
        for nth in (2, 3):
            room = {"channel": "C0ROOM", "name": "inc-1", "url": "https://acme.example", "is_private": False, "kin": 1}
            tx.record(fact(RoomShared, subject=Subject(number=nth), umbrella=1, **room))

    await street.database.write(share)
    await street.keep(*map(acknowledged, ("Q2", "Q4", "Q3")))
    with street.held("incidents WHERE number = 4"):
        first = await street.goes(reading, 1)
        second = await street.goes(lambda tx: tx.record(told(news.Acknowledged, pagerduty_id="Q3")), 2)
    await both(first, second)


async def test_who_names_an_incident_waits_for_its_turn_before_it_takes_the_incident(street: Street) -> None:
    """The reader introduces one, and then hears of the one that a person has declared."""
    declared = {"title": "Slow", "service_id": "PSCHECK", "service": "Checkout", "urgency": "high"}
    subject = Subject(incident_key="muster-1")
    await street.database.write(
        lambda tx: tx.record(fact(Declared, subject=subject, incident_key="muster-1", **declared))
    )
    news_of_it = webhook("E5", id="Q5", incident_key="muster-1")
    await street.keep(
        acknowledged("Q9"), acknowledged("Q4"),
        NewDelivery("pagerduty", "E5", "Q5", {}, news_of_it, datetime.now(UTC)),
    )  # fmt: skip
    created = fact(Created, subject=Subject(number=5), snapshot=snapshot(pagerduty_id="Q5", incident_key="muster-1"))
    with street.held("incidents WHERE number = 4"):
        first = await street.goes(reading, 1)
        second = await street.goes(lambda tx: tx.record(created), 2)
    await both(first, second)
    assert await street.database.read(lambda tx: tx.incident_by_pagerduty_id("Q5")) is not None


async def test_who_takes_several_incidents_waits_for_the_reader_first(street: Street) -> None:
    await street.keep(*map(acknowledged, ("Q2", "Q4", "Q1")))
    with street.held("incidents WHERE number = 4"):
        first = await street.goes(reading, 1)
        chosen = await street.database.read(lambda tx: [one for n in (2, 1) if (one := tx.incident(n))])
        second = await street.goes(lambda tx: tx.held(chosen), 2)
    await both(first, second)


async def test_what_was_looked_up_of_several_incidents_is_recorded_of_one_after_the_other(
    street: Street, simulator: Simulator, world: World
) -> None:
    """The reader has taken the second and wants the first."""
    theirs = [await simulator.pagerduty.trigger(f"{name} is slow", service=name) for name in ("Search", "Payments")]
    theirs[0].created_at -= timedelta(minutes=5)
    for one in theirs:
        await street.database.write(lambda tx, name=one.id: tx.record(triggered(pagerduty_id=name)))  # type: ignore[misc]
        await simulator.pagerduty.acknowledge(one, by="Bob")
    await street.keep(*map(acknowledged, (theirs[1].id, "Q4", theirs[0].id)))
    with street.held("incidents WHERE number = 4"):
        first = await street.goes(reading, 1)
        second = asyncio.create_task(reconcile(world, claim("reconcile", number=None)))
        await eventually(lambda: street.waiting() == 2)
    await asyncio.wait_for(second, PATIENCE)
    await both(first)


async def test_a_correlation_waits_for_the_reader_before_it_takes_the_alert(street: Street, world: World) -> None:
    """The reader has taken the incident by then, and wants the alert."""
    await street.keep(acknowledged("Q1"), signalled("key-1"))
    with street.held("alerts WHERE dedup_key = 'key-1'"):
        second = asyncio.create_task(correlate(world, claim("correlate")))
        await eventually(lambda: street.waiting() == 1)
        first = await street.goes(reading, 2)
    await asyncio.wait_for(second, PATIENCE)
    await both(first)
    [found] = await street.database.read(lambda tx: tx.alerts_of(1))
    assert (found.dedup_key, found.status) == ("key-1", "acknowledged")


async def test_a_redaction_that_meets_the_reader_at_an_alert_gives_way(street: Street) -> None:
    """It holds the incident, which the reader wants next."""
    said = {"source": "monitor", "client": "Nagios", "dedup_key": "k", "severity": "error", "summary": "Disk full"}

    def begin(tx: Transaction) -> Entry:
        tx.keep_alert(alert("k", incident=1))
        tx.record(fact(signals.Correlated, subject=Subject(number=1), **said))
        return tx.timeline("INC-1")[-1]

    entry = await street.database.write(begin)
    await street.keep(signalled("k"))
    with street.held("incidents WHERE number = 1"):
        second = await street.goes(lambda tx: tx.redact(entry, redaction(entry)), 1)
        first = await street.goes(reading, 2)
    await both(first, second)
    assert (await street.database.read(lambda tx: tx.timeline("INC-1")))[entry.seq - 1].text == "(redacted)"


async def test_a_redaction_on_a_source_s_timeline_gives_way_too(street: Street) -> None:
    await street.keep(signalled("key-1"))
    await street.database.write(reading)
    [entry] = await street.database.read(lambda tx: tx.timeline("source:monitor"))
    await street.keep(signalled("key-1", "second"))
    gone = redactions.RedactedElsewhere(service_id=entry.stream, **common(entry))
    with street.held("chains WHERE stream = 'source:monitor'"):
        second = await street.goes(lambda tx: tx.redact_elsewhere(entry, gone), 1)
        first = await street.goes(reading, 2)
    await both(first, second)


def redaction(entry: Entry) -> redactions.EntryRedacted:
    return redactions.EntryRedacted(subject=Subject(number=1), **common(entry))


def common(entry: Entry) -> dict[str, Any]:
    return {
        "at": START, "by": MUSTER, "key": redaction_key(entry.stream, entry.seq), "origin": "cli", "seq": entry.seq,
        "entry_kind": entry.kind, "entry_key": entry.key, "entry_at": START,
    }  # fmt: skip
