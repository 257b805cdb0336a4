"""Deliveries that come at once are kept by one function: a flood of them costs a commit, a statement and a wake-up for
many."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Sequence
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


@dataclass(eq=False)
class Waiting:
    """`until`: of the monotonic clock, after which nobody waits for it."""

    delivery: NewDelivery
    until: float
    kept: asyncio.Future[None]


class Gathering:
    """One batch at a time, written by `line`; what comes meanwhile is the next. When one fails, nothing of it is done,
    and each is kept alone. All who ask share one event loop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: list[Waiting] = []
        self._alone: deque[Waiting] = deque()
        self._is_busy = False
        self._door = threading.Condition()

    async def keep(self, delivery: NewDelivery, within: float) -> None:
        one = Waiting(delivery, time.monotonic() + within, asyncio.get_running_loop().create_future())
        with self._door:
            self._waiting.append(one)
            begins, self._is_busy = not self._is_busy, True
        if begins:
            self._go_on()
        await in_time(one.kept, within)

    def close(self) -> None:
        """Returns when nothing waits."""
        with self._door:
            self._door.wait_for(lambda: not self._is_busy)

    def _go_on(self) -> None:
        """With what waits, if anything does."""
        with self._door:
            self._is_busy = bool(self._waiting or self._alone)
            if not self._is_busy:
                return self._door.notify_all()
        batch: list[Waiting] = []
        try:
            self._line.submit(partial(self._keep, batch)).add_done_callback(partial(self._ended, batch))
        except Unavailable as closed:
            _tell(self._next(), closed)
            self._go_on()

    def _keep(self, batch: list[Waiting], tx: Transaction) -> Sequence[Waiting]:
        """Those that came too late. What is in the batch is decided when its turn comes, for meanwhile there is more;
        and once, since this may run again."""
        batch += [] if batch else self._next()
        now = time.monotonic()
        tx.keep_all([one.delivery for one in batch if one.until >= now])
        return [one for one in batch if one.until < now]

    def _next(self) -> list[Waiting]:
        with self._door:
            if self._alone:
                return [self._alone.popleft()]
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            return batch

    def _ended(self, batch: list[Waiting], ended: "Future[Sequence[Waiting]]") -> None:
        """In the thread that wrote."""
        error = ended.exception()
        if error is None:
            _tell(batch, None, late=ended.result())
        elif len(batch) > 1 and not _is_the_databases(error):
            self._alone.extend(batch)
        else:
            _tell(batch or self._next(), error)  # it never had its turn where nothing could be begun
        self._go_on()


def _tell(batch: Sequence[Waiting], error: BaseException | None, late: Sequence[Waiting] = ()) -> None:
    def tell() -> None:
        for one in batch:
            if one.kept.done():
                continue
            if error or one in late:
                one.kept.set_exception(error or too_late())
            else:
                one.kept.set_result(None)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
        batch[0].kept.get_loop().call_soon_threadsafe(tell)


def _is_the_databases(error: BaseException) -> bool:
    """Then it is everybody's; else one of them is to blame."""
    cause = error.__cause__ if isinstance(error, Unavailable) else error
    return is_its_own(cause) if isinstance(cause, sa.exc.DBAPIError) else isinstance(error, Unavailable)
