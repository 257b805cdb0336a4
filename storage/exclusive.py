"""One process per SQLite database: at start a process takes over unfinished work, which must not be another's."""

import contextlib
import os
import sqlite3
from pathlib import Path

from bot.domain.errors import Refused


def keep_private(file: str | Path) -> None:
    """Let the file be there, for its owner alone, before SQLite makes it for everybody; what SQLite puts beside it gets
    the same mode. Where that cannot be, SQLite says why.

    A file that is there is never opened: to close it would drop every lock that SQLite holds on it in this process, and
    the next process would take the write-ahead log away. https://www.sqlite.org/howtocorrupt.html#posix_advisory_locks
    """
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


class Exclusive:
    """A lock file beside the database, held until `release` or the death of the process.

    It is itself an empty SQLite database under an exclusive transaction, which locks alike on every system.
    """

    def __init__(self, database: str) -> None:
        self._database, self._path = Path(database), Path(f"{database}.lock")
        self._held: sqlite3.Connection | None = None

    def take(self) -> None:
        """Refused when another process, or another Database in this one, holds it. Taking it again is harmless."""
        if self._held is not None:
            return
        keep_private(self._path)
        keep_private(self._database)
        try:
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise Refused(f"{self._path} cannot be created: let its folder exist and be writable") from error
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            raise Refused(
                f"Another Muster uses this database ({self._path} is locked): stop that one first,"
                " or keep the ledger in PostgreSQL, which serves several"
            ) from error
        self._held = connection

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def is_held(self) -> bool:
        return self._held is not None
