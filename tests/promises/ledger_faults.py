"""How a database fails: a server behind a cable, or a file that is locked, full or read-only."""

import asyncio
import sqlite3
import struct
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from time import sleep

import sqlalchemy as sa

import storage
from tests.promises.cable import Cable, Ends, cable_to

LOCKED_FOR, FREE_FOR = 3.0, 0.3  # seconds
SETTLES_IN = 0.2  # seconds until the lock is taken
AGE = "UPDATE jobs SET due = due - {0}, put_at = put_at - {0} WHERE id IN ({1})"
WAITING = "SELECT id FROM jobs WHERE state IN ('waiting', 'late')"
HTML = b"<html><body><h1>Service interruption</h1></body></html>"


def complaint(code: str, text: str) -> bytes:
    """PostgreSQL's ErrorResponse: https://www.postgresql.org/docs/current/protocol-error-fields.html"""
    said = {b"S": "FATAL", b"V": "FATAL", b"C": code, b"M": text}
    fields = b"".join(name + value.encode() + b"\x00" for name, value in said.items())
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\x00"


SAID = {
    "503": complaint("57P03", "the database system is starting up"),
    "429": complaint("53300", "sorry, too many clients already"),
    "revoked": complaint("28P01", 'password authentication failed for user "muster"'),
    "garbage": HTML,
}


FULL_OR_READ_ONLY = {"503": "max_page_count = 1", "revoked": "query_only = 1"}
MENDED = {"max_page_count = 1": "max_page_count = 1000000", "query_only = 1": "query_only = 0"}


class Database:
    """What both kinds have in common. `database` is the bot's own; `url` is what the bot is told."""

    waiting = WAITING

    def __init__(self, url: str, straight: str) -> None:
        self.url = url
        self.database: storage.Database | None = None
        self._engine = sa.create_engine(straight, poolclass=sa.NullPool)

    def age(self, seconds: float) -> None:
        """Every waiting job that nobody is writing becomes so much older, past whatever ails the bot's own way."""
        try:
            with self._engine.begin() as connection:
                connection.exec_driver_sql(AGE.format(seconds, self.waiting))
        except sa.exc.OperationalError:  # locked for us too: then nothing moves
            return

    async def fail(self, fault: str) -> None:
        raise NotImplementedError

    async def mend(self) -> None:
        raise NotImplementedError


class Server(Database):
    """PostgreSQL behind a cable. Waiting for a row that the bot holds would last for ever: the cable is in our loop."""

    waiting = f"{WAITING} FOR UPDATE SKIP LOCKED"

    def __init__(self, cable: Cable, straight: sa.URL) -> None:
        through = straight.set(drivername="postgresql", host="127.0.0.1", port=cable.port, query={})
        url = through.render_as_string(hide_password=False)
        super().__init__(f"{url}?sslmode=disable&gssencmode=disable", _psycopg(straight))
        self._cable = cable

    async def fail(self, fault: str) -> None:
        modes = {"reply lost": "lost"}
        await self._cable.become(*(("through", SAID[fault]) if fault in SAID else (modes.get(fault, fault),)))

    async def mend(self) -> None:
        await self._cable.become("through")


class File(Database):
    """SQLite. A file has no network: it is refused, silent or limited by being locked by somebody else, drips when it
    is locked most of the time, is 503 when its disk is full, and revoked when it is read-only. Garbage and lost replies
    have no likeness in a file; there it is locked too."""

    def __init__(self, url: str) -> None:
        super().__init__(url, url)
        self._path = url.removeprefix("sqlite:///")
        self._over = threading.Event()
        self._locker: threading.Thread | None = None
        self._pragma = ""

    async def fail(self, fault: str) -> None:
        if fault in FULL_OR_READ_ONLY:
            self._tell(FULL_OR_READ_ONLY[fault])
            return
        self._over.clear()
        free = FREE_FOR if fault == "drip" else 0.0
        self._locker = threading.Thread(target=self._lock, args=(free,))
        self._locker.start()
        await asyncio.sleep(SETTLES_IN)

    async def mend(self) -> None:
        if self._pragma:
            self._tell(MENDED[self._pragma])
        if self._locker:
            self._over.set()
            await asyncio.to_thread(self._locker.join)

    def age(self, seconds: float) -> None:
        if self._locker is None or not self._locker.is_alive():
            super().age(seconds)

    def _tell(self, pragma: str) -> None:
        """The connection that writes, from its next transaction on."""
        assert self.database
        if not self._pragma:
            sa.event.listen(self.database._writing, "checkout", lambda raw, *_: raw.execute(f"PRAGMA {self._pragma}"))
        self._pragma = pragma

    def _lock(self, free: float) -> None:
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            while not self._over.is_set():
                connection.execute("BEGIN IMMEDIATE")
                self._over.wait(LOCKED_FOR if free else None)
                connection.execute("ROLLBACK")
                sleep(free)


def _psycopg(url: sa.URL) -> str:
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@asynccontextmanager
async def database_behind(url: str) -> AsyncIterator[Database]:
    straight = sa.make_url(url)
    if straight.get_backend_name() == "sqlite":
        yield File(url)
        return

    async def far() -> Ends:
        host = straight.query.get("host") or straight.host
        if str(host).startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{straight.port or 5432}")
        return await asyncio.open_connection(str(host), straight.port or 5432)

    async with cable_to(far) as cable:
        yield Server(cable, straight)
