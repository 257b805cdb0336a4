"""The threads that write. A function is handed in, its future tells how it ended, after the commit and never before."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from bot.domain.errors import Unavailable
from storage.errors import translated, undoes_all, was_ended_for_idling
from storage.transaction import Transaction

T = TypeVar("T")
BATCH = 200  # functions that share one commit, at most
PAUSES = (0.02, 0.1, 0.4)  # seconds before a function that was certainly undone is run again

Transact = Callable[[sa.Connection], Transaction]


class Work:
    """One function to run in a transaction, and how it went."""

    def __init__(self, fn: Callable[[Transaction], Any]) -> None:
        self.fn = fn
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.wakes = False

    def run(self, transaction: Transaction) -> None:
        transaction.wakes = False
        self.result = self.fn(transaction)
        self.wakes = transaction.wakes

    def tell(self) -> None:
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(translated(self.error))


class Caught:
    """Whatever is raised inside becomes the error of these works, whose callers will hear it; the thread lives on."""

    def __init__(self, *works: Work) -> None:
        self._works = works

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if error is not None:
            for work in self._works:
                work.error, work.wakes = error, False
        return error is not None


class Alone(Caught):
    """Caught, and only what this one work wrote is undone. By hand: SQLAlchemy's savepoints cost a fifth of the
    throughput. When SQLite has undone the whole transaction (disk full), that is raised: it fails all who share it."""

    def __init__(self, connection: sa.Connection, work: Work) -> None:
        super().__init__(work)
        self._connection = connection
        self._sqlite: Any = connection.connection.driver_connection

    def __enter__(self) -> Self:
        self._sqlite.execute("SAVEPOINT one")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if error is None:
            self._sqlite.execute("RELEASE one")
        else:
            self._connection.exec_driver_sql("ROLLBACK TO one")
            self._connection.exec_driver_sql("RELEASE one")
        return super().__exit__(kind, error, at)


class Line:
    """Works standing in line, and the threads that take from it until it is closed and empty."""

    def __init__(self, threads: int, wake: Callable[[], None]) -> None:
        self._works: SimpleQueue[Work | None] = SimpleQueue()
        self._wake = wake
        self._is_open = True
        self._door = threading.Lock()
        self._threads = [
            threading.Thread(target=self._serve, name=f"muster-writer-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[[Transaction], T]) -> Future[T]:
        """Unavailable once closed."""
        work = Work(fn)
        with self._door:
            if not self._is_open:
                raise Unavailable("The database is closed", reached=False)
            self._works.put(work)
        return work.future

    def close(self) -> None:
        """Finish what stands in line, and stop."""
        with self._door:
            if self._is_open:
                self._is_open = False
                for _ in self._threads:
                    self._works.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        raise NotImplementedError

    def _next_batch(self) -> list[Work] | None:
        """All that waits; None: the line is closed. Nothing can stand behind its end, so putting that back is safe."""
        works = [self._works.get()]
        try:
            while works[-1] is not None and len(works) < BATCH:
                works.append(self._works.get_nowait())
        except Empty:
            pass
        if works == [None]:
            return None
        if works[-1] is None:
            self._works.put(None)
        return [work for work in works if work and work.future.set_running_or_notify_cancel()]

    def _tell(self, works: list[Work]) -> None:
        """The callers first, so that no one waits for workers to wake."""
        for work in works:
            work.tell()
        if any(work.wakes for work in works):
            self._wake()


class GroupWriter(Line):
    """SQLite: one thread, one connection; what waits shares one commit, so that one fsync serves many."""

    def __init__(self, engine: sa.Engine, transact: Transact, wake: Callable[[], None]) -> None:
        self._engine = engine
        self._transact = transact
        super().__init__(1, wake)

    def _serve(self) -> None:
        while (works := self._next_batch()) is not None:
            with Caught(*works):
                self._write(works)
            self._tell(works)

    def _write(self, works: list[Work]) -> None:
        with self._engine.begin() as connection:
            transaction = self._transact(connection)
            for work in works:
                with Alone(connection, work):
                    work.run(transaction)


class EachWriter(Line):
    """Postgres: a few threads, one transaction per function. Sharing one deadlocked with heartbeats."""

    def __init__(self, engine: sa.Engine, transact: Transact, wake: Callable[[], None], threads: int) -> None:
        self._engine = engine
        self._transact = transact
        super().__init__(threads, wake)

    def _serve(self) -> None:
        while (work := self._works.get()) is not None:
            if work.future.set_running_or_notify_cancel():
                with Caught(work):
                    self._persist(work)
                self._tell([work])

    def _persist(self, work: Work) -> None:
        """Again after what has certainly undone everything: a deadlock, a connection lost before the commit."""
        for pause in PAUSES:
            try:
                return self._write(work)
            except (sa.exc.DBAPIError, Unavailable) as error:
                if not undoes_all(error):
                    raise
            time.sleep(pause)
        return self._write(work)

    def _write(self, work: Work) -> None:
        with self._engine.connect() as connection:
            work.run(self._transact(connection))
            try:
                connection.commit()
            except sa.exc.DBAPIError as error:
                if error.connection_invalidated and not was_ended_for_idling(error):
                    raise Unavailable("The connection was lost at the commit: it may be written or not") from error
                raise
