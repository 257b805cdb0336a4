"""Deliveries that come at once are kept by one function: a flood of them costs one commit and one wake-up for many."""

import asyncio
import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from bot.domain.errors import Unavailable
from storage.awaited import in_time, too_late
from storage.errors import is_its_own
from storage.inbox import NewDelivery
from storage.transaction import Transaction
from storage.writer import Line

MOST = 200  # deliveries that share a function
Told = tuple["asyncio.Future[None]", BaseException | None]
Ended = Callable[[list["Waiting"], "Future[Sequence[Waiting]]"], None]


@dataclass(eq=False)
class Waiting:
    """`until`: of the monotonic clock, after which nobody waits for it."""

    delivery: NewDelivery
    until: float
    kept: asyncio.Future[None]


class Gathering:
    """One batch at a time, written by `line`; what comes meanwhile is the next. When one fails, nothing of it is done,
    and each is kept alone."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: list[Waiting] = []
        self._is_busy, self._is_open = False, True
        self._door = threading.Condition()

    async def keep(self, delivery: NewDelivery, within: float) -> None:
        one = Waiting(delivery, time.monotonic() + within, asyncio.get_running_loop().create_future())
        with self._door:
            if not self._is_open:
                raise Unavailable("The database is closed", reached=False)
            self._waiting.append(one)
            begins, self._is_busy = not self._is_busy, True
        if begins:
            self._go_on()
        await in_time(one.kept, within)

    def close(self) -> None:
        """Returns when what waits is in line, or kept."""
        with self._door:
            self._is_open = False
            self._door.wait_for(lambda: not self._is_busy)

    def _go_on(self) -> None:
        """With what waits, if anything does."""
        with self._door:
            self._is_busy = bool(self._waiting)
            if self._is_busy:
                self._hand_over([], self._ended)
            else:
                self._door.notify_all()

    def _hand_over(self, batch: list[Waiting], ended: Ended) -> None:
        handed: Future[Sequence[Waiting]] = Future()
        try:
            handed = self._line.submit(partial(self._keep, batch))
        except Unavailable as closed:
            handed.set_exception(closed)
        handed.add_done_callback(partial(ended, batch))

    def _keep(self, batch: list[Waiting], tx: Transaction) -> Sequence[Waiting]:
        """Those that came too late. What is in the batch is decided when its turn comes, for meanwhile there is more;
        and once, since this may run again."""
        batch += [] if batch else self._next()
        now = time.monotonic()
        tx.keep_all([one.delivery for one in batch if one.until >= now])
        return [one for one in batch if one.until < now]

    def _next(self) -> list[Waiting]:
        with self._door:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            return batch

    def _ended(self, batch: list[Waiting], ended: "Future[Sequence[Waiting]]") -> None:
        """In the thread that wrote."""
        error = ended.exception()
        try:
            if error and len(batch) > 1 and not _is_the_databases(error):
                for one in batch:
                    self._hand_over([one], _told)
            else:
                _told(batch or self._next(), ended)  # it never had its turn where nothing could be begun
        finally:
            self._go_on()


def _told(batch: Sequence[Waiting], ended: "Future[Sequence[Waiting]]") -> None:
    error = ended.exception()
    late = () if error else ended.result()
    told: defaultdict[asyncio.AbstractEventLoop, list[Told]] = defaultdict(list)
    for one in batch:
        told[one.kept.get_loop()].append((one.kept, error or (too_late() if one in late else None)))
    for loop, those in told.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            loop.call_soon_threadsafe(_tell, those)


def _tell(those: Sequence[Told]) -> None:
    for kept, error in those:
        if kept.done():  # whoever waited has gone
            continue
        if error:
            kept.set_exception(error)
        else:
            kept.set_result(None)


def _is_the_databases(error: BaseException) -> bool:
    """Then it is everybody's; else one of them is to blame."""
    cause = error.__cause__ if isinstance(error, Unavailable) else error
    return is_its_own(cause) if isinstance(cause, sa.exc.DBAPIError) else isinstance(error, Unavailable)
