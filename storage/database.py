"""The database as everyone else sees it: functions go in, and are told how they ended after the commit."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Literal, TypeVar

import sqlalchemy as sa

from bot.domain.errors import Misuse, Unavailable
from bot.domain.job import LEASE
from storage import archive, auditors, backup, engines, migration
from storage.archive import Manifest
from storage.audit import Part, Walked
from storage.auditors import Auditors
from storage.awaited import in_time, while_awaited
from storage.errors import translated
from storage.exclusive import Exclusive, keep_private
from storage.gathering import Gathering
from storage.inbox import NewDelivery
from storage.ledger import Reactions
from storage.transaction import Transaction
from storage.wakeups import Wakeups
from storage.writer import EachWriter, GroupWriter, Line

T = TypeVar("T")
READERS = 4

log = logging.getLogger(__name__)


class Database:
    """`write(fn)` and `read(fn)` are the only crossings: `fn` is synchronous, touches only its transaction, and may be
    run again. Unavailable is raised when time may help; its `reached` is True only when a commit's answer was lost.
    """

    def __init__(self, url: str, reactions: Reactions, *, writers: int = 4, lease: float = LEASE) -> None:
        """Opens nothing. `writers`: threads that write on Postgres; more of them if it is far away. `lease`: seconds
        for which a job is its claimer's, the same on all replicas."""
        self._url = engines.database_url(url)
        self._reactions = reactions
        self._writers = writers
        self.lease = lease
        self.dialect: Literal["sqlite", "postgresql"] = (
            "sqlite" if self._url.get_backend_name() == "sqlite" else "postgresql"
        )
        self._exclusive = Exclusive(self._url.database or "") if self.dialect == "sqlite" else None
        self._writing = engines.writing(self._url, writers + 1 if self.dialect == "postgresql" else 2)
        self._reading = engines.reading(self._url, READERS)
        self._readers: ThreadPoolExecutor | None = None
        self._line: Line | None = None
        self._gathering: Gathering | None = None
        self._lines: list[Line] = []
        self._wakeups: Wakeups | None = None
        self._unsealed = count(1)
        self._callbacks: list[Callable[[], None]] = []

    def migrate(self) -> None:
        """Bring the schema up to date; before or after `open`, and safe when several replicas start at once."""
        with self._alone():
            _unless_unavailable(lambda: migration.migrate(self._writing))

    def backup(self, target: Path, *, force: bool = False, spared: Sequence[Path] = ()) -> Manifest:
        """One state of everything, to a file; beside whoever writes. Refused where the database itself or one of
        `spared` lies, and where another file does, unless `force`."""
        archive.require_room(target, [*self._files(), *spared], force=force)
        return _unless_unavailable(lambda: backup.backup(self._reading, target, force=force))

    def restore(self, source: Path, *, force: bool = False) -> Manifest:
        """Everything as it was when the file was made, or nothing; Refused while a Muster runs, or when there is a
        ledger already, unless `force`."""
        with self._alone():
            return _unless_unavailable(lambda: backup.restore(self._writing, source, force=force))

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None on Postgres."""
        return Path(self._url.database or "") if self.dialect == "sqlite" else None

    @property
    def place(self) -> Path:
        """What Muster keeps beside its database carries this name: SQLite's file; on Postgres the database's name, in
        the folder Muster is started in."""
        return Path(self._url.database or "muster")

    def revisions(self) -> tuple[str | None, str]:
        """The revision the schema is at, None without any, and the one this code needs. Changes nothing."""
        return _unless_unavailable(lambda: migration.revisions(self._reading))

    def require_schema(self) -> None:
        """Misuse, with what to do, when there is no database here or its schema is not there yet. Creates nothing."""
        if self.file and not self.file.exists():
            raise Misuse(f"There is no database at {self.file}: let DATABASE_URL name the one `muster serve` uses,"
                         " or run `muster migrate` to make one.")  # fmt: skip
        if lack := migration.shortcoming(self.revisions()[0]):
            raise Misuse(f"{lack}.")

    def open(self, *, read_only: bool = False, beside: bool = False) -> None:
        """Check the settings (UnsafeSettings) and start. Refused when another process has this SQLite database,
        unless `read_only`: then only `read` works, beside whoever writes; or `beside`: then small writes wait for
        theirs, and nothing may be taken over."""
        if self._exclusive and not (read_only or beside):
            self._exclusive.take()
        if self.file and beside:
            keep_private(self.file)
        try:
            _unless_unavailable(self._reading.connect if read_only else self._writing.connect).close()
        except BaseException:
            self.close()
            raise
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="muster-reader")
        if not read_only:
            self._start_writing()

    def close(self) -> None:
        """Finish what was submitted, then stop; what comes later is Unavailable."""
        if self._gathering:
            self._gathering.close()
        for line in self._lines:
            line.close()
        if self._wakeups:
            self._wakeups.close()
            self._wakeups = None
        if self._readers:
            self._readers.shutdown()
            self._readers = None
        self._writing.dispose()
        self._reading.dispose()
        if self._exclusive:
            self._exclusive.release()

    def submit(self, fn: Callable[[Transaction], T]) -> Future[T]:
        """`fn` in a transaction, on a thread that writes; the future ends after the commit."""
        if self._line is None:
            raise Unavailable("The database is not open for writing", reached=False)
        return self._line.submit(fn)

    async def keep(self, delivery: NewDelivery, *, within: float) -> None:
        """Unless it came before; in one transaction with others that come at once. `within`: as for `write`."""
        if self._gathering is None:
            raise Unavailable("The database is not open for writing", reached=False)
        await self._gathering.keep(delivery, within)

    async def write(self, fn: Callable[[Transaction], T], *, within: float | None = None) -> T:
        """`fn` in a transaction. With `within`, Unavailable after so many seconds: what has not begun by then never
        will, so only a commit that hangs can still come true."""
        written = self.submit(fn if within is None else while_awaited(fn, within))
        return await in_time(asyncio.wrap_future(written), within)

    async def read(self, fn: Callable[[Transaction], T], *, within: float | None = None) -> T:
        """`fn` on one unchanging state of the database; it can write nothing. `within`: as for `write`."""
        if self._readers is None:
            raise Unavailable("The database is not open", reached=False)
        return await in_time(asyncio.wrap_future(self._readers.submit(self._read, fn)), within)

    def walk(self, parts: Sequence[Part], others: Auditors) -> Iterator[Walked]:
        """Parts of the timelines, walked in any order, by other processes too when there are many."""
        return auditors.walked(others, self._reading, parts)

    def on_jobs(self, callback: Callable[[], None]) -> None:
        """Call this, from any thread, after a commit here or on another replica that put jobs due now."""
        self._callbacks.append(callback)

    def _files(self) -> list[Path]:
        """Those the database consists of, whether they are there just now or not."""
        names = ("", "-wal", "-shm", "-journal", ".lock")
        places = {self.file, self.file.resolve()} if self.file else set()
        return [file.with_name(f"{file.name}{name}") for file in places for name in names]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """On SQLite: no other process has this database, and we have it no longer than we had."""
        held = self._exclusive is None or self._exclusive.is_held
        if self._exclusive:
            self._exclusive.take()
        try:
            yield
        finally:
            if self._exclusive and not held:
                self._exclusive.release()

    def _start_writing(self) -> None:
        if self.dialect == "sqlite":
            self._line = GroupWriter(self._writing, self._transaction, self._wake)
            self._lines, self._gathering = [self._line], Gathering(self._line)
            return
        conninfo = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wakeups = Wakeups(conninfo, self._call)
        self._line = EachWriter(self._writing, self._transaction, self._wake, self._writers)
        gathers = EachWriter(self._writing, self._transaction, self._wake, 1)
        self._lines, self._gathering = [gathers, self._line], Gathering(gathers)

    def _transaction(self, connection: sa.Connection) -> Transaction:
        transaction = Transaction(connection, self._reactions, self._unsealed)
        transaction.lease = self.lease
        return transaction

    def _read(self, fn: Callable[[Transaction], T]) -> T:
        def reading() -> T:
            with self._reading.connect() as connection:
                return fn(self._transaction(connection))

        return _unless_unavailable(lambda: _again_on_a_new_connection(reading))

    def _wake(self) -> None:
        self._call()
        if self._wakeups:
            self._wakeups.tell()

    def _call(self) -> None:
        for callback in self._callbacks:
            try:
                callback()
            except RuntimeError:  # what asyncio raises once the loop is closed: nobody is left to wake
                log.debug("A listener for due jobs is gone", exc_info=True)


def _again_on_a_new_connection(reading: Callable[[], T]) -> T:
    """Once more where the connection had been cut while nobody used it: to read again does no harm."""
    try:
        return reading()
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return reading()


def _unless_unavailable(fn: Callable[[], T]) -> T:
    try:
        return fn()
    except sa.exc.DBAPIError as error:
        raise translated(error) from error
