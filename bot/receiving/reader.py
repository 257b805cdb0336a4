"""Second door, inside: deliveries are understood one after another, in the order they were kept."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from bot.domain.errors import Unavailable
from bot.domain.events import Event, ServiceEvent
from bot.metrics import NOT_UNDERSTOOD
from bot.pagerduty import meaning
from bot.receiving.heard import record
from bot.receiving.intake import Intake
from bot.receiving.latecomers import Awaited
from bot.sources.naming import PREFIX
from bot.trouble import note
from storage import Database, Delivery, Transaction

log = logging.getLogger(__name__)

LONGEST = 0.2  # seconds of a transaction, after which no further delivery is begun in it
BATCH = 8  # deliveries understood in one transaction, which those that come meanwhile wait for
GIVES_WAY = {"sqlite": 3.0, "postgresql": 1.0}  # times as long as a batch took; on SQLite all write in one line
NET = 2.0  # seconds: the poll that finds what a killed process left unread

MEANINGS: Mapping[str, Callable[[bytes], Event | ServiceEvent | None]] = {"pagerduty": meaning.understood}


class Reader:
    """Reads until told to stop."""

    def __init__(self, database: Database, intake: Intake | None = None) -> None:
        """`intake`: understands what sources sent."""
        self._database, self._intake = database, intake
        self._gives_way = GIVES_WAY[database.dialect]
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Keeping what comes goes before reading what came: a sender waits for the one, and may count as a failure
        what takes long. So in a flood the reader takes a share of the time only."""
        while not self._stopping:
            self._wake.clear()
            started = time.perf_counter()
            if await self._some() < BATCH:
                await self._rest()
            elif self._wake.is_set():
                await asyncio.sleep(self._gives_way * (time.perf_counter() - started))

    async def _some(self) -> int:
        try:
            return await self._database.write(lambda tx: read_some(tx, self._intake))
        except Unavailable as trouble:
            note(trouble)
            return 0

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(NET):
                await self._wake.wait()
        except TimeoutError:
            return


def read_some(tx: Transaction, intake: Intake | None = None) -> int:
    """Read the oldest deliveries; how many. Each in a savepoint, so that a bad one spoils nothing but itself."""
    started, deliveries = time.perf_counter(), tx.unread(BATCH)
    with tx.jobs_last():
        for nth, delivery in enumerate(deliveries, 1):
            read(tx, delivery, intake)
            if time.perf_counter() - started > LONGEST and nth < len(deliveries):
                return BATCH  # there is more, after others had their turn
    return len(deliveries)


def read(tx: Transaction, delivery: Delivery, intake: Intake | None = None) -> None:
    """What is understood goes on the timeline; the rest stays, with its complaint, for `muster replay`."""
    if delivery.source.startswith(PREFIX):
        _take(tx, delivery, intake)
        return
    try:
        tx.attempt(lambda: _record(tx, delivery))
    except meaning.NotUnderstood as complaint:
        _complain(tx, delivery, str(complaint))
    except Unavailable:
        raise
    except Exception as bug:
        log.exception("bug while reading a delivery", extra={"delivery": delivery.id})
        _complain(tx, delivery, f"a fault in Muster: {type(bug).__name__}")
    else:
        tx.mark_read(delivery.id)


def _take(tx: Transaction, delivery: Delivery, intake: Intake | None) -> None:
    """Of a source: whatever it was, something is said of it."""
    if intake is None:
        _complain(tx, delivery, "no sources are configured here")
        return
    try:
        complaint = tx.attempt(lambda: intake.take(tx, delivery))
    except Unavailable:
        raise
    except Exception as bug:
        log.exception("bug while reading a delivery", extra={"delivery": delivery.id})
        complaint = f"a fault in Muster: {type(bug).__name__}"
        _say_unmapped(tx, delivery, intake, complaint)
    if complaint:
        _complain(tx, delivery, complaint)
    else:
        tx.mark_read(delivery.id)


def _say_unmapped(tx: Transaction, delivery: Delivery, intake: Intake, complaint: str) -> None:
    """Even that may meet the same fault; the reader goes on, and the delivery stays with its complaint."""
    try:
        tx.attempt(lambda: intake.take_unmapped(tx, delivery, complaint))
    except Unavailable:
        raise
    except Exception:
        log.exception("bug while saying that a delivery was not understood", extra={"delivery": delivery.id})


def _record(tx: Transaction, delivery: Delivery) -> None:
    record(tx, delivery, MEANINGS[delivery.source](delivery.body))


def _complain(tx: Transaction, delivery: Delivery, complaint: str) -> None:
    level = logging.INFO if isinstance(complaint, Awaited) else logging.WARNING
    log.log(level, "not understood: %s", complaint, extra={"delivery": delivery.id})
    if level == logging.WARNING:
        NOT_UNDERSTOOD.labels(delivery.source).inc()
    tx.complain(delivery.id, complaint)
