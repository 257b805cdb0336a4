"""Connections: how they are opened, what they must be set to, what is asserted on every one of them."""

import secrets
import sqlite3
from typing import Any

import psycopg
import sqlalchemy as sa

from bot.domain.errors import Refused
from storage.errors import UnsafeSettings
from storage.impatient import READERS_WAIT, impatient

BUSY_TIMEOUT = 5000  # milliseconds that SQLite waits for a lock of somebody else, a backup for instance
CONNECT_TIMEOUT = 5  # seconds
WRITERS_WAIT = 8.0  # seconds for one exchange with Postgres, so that a writer is free again soon after the server is
LOCKED_OUT_AFTER = "1500ms"  # waiting for one lock; of a deadlock Postgres undoes one side sooner, and one alone
FROZEN_AFTER = "1200ms"  # in a transaction that asks nothing: no writer thinks so long, and people wait for its locks
STUCK_AFTER = "5s"  # sent, and neither taken nor answered for: longer than a bad moment of the network
POSTGRES_ARGUMENTS = {
    "connect_timeout": CONNECT_TIMEOUT,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000,
}  # fmt: skip

WRITER = "muster writer"  # begins the application_name of whoever may hold jobs; each process has its own

# FULL, not NORMAL: NORMAL loses confirmed rows in a power cut. https://www.sqlite.org/pragma.html#pragma_synchronous
SQLITE_SETTINGS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT}
# https://www.postgresql.org/docs/current/runtime-config-wal.html
POSTGRES_SETTINGS = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
}


def database_url(url: str) -> sa.URL:
    """DATABASE_URL as SQLAlchemy wants it; Refused for anything but a SQLite file or a Postgres."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise Refused("DATABASE_URL cannot be read: it looks like sqlite:///muster.db or postgresql://…") from error
    dialect = parsed.drivername.partition("+")[0]
    if dialect in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if dialect != "sqlite":
        raise Refused(f"DATABASE_URL names {dialect}: Muster keeps its ledger in SQLite or PostgreSQL")
    if not parsed.database or ":memory:" in parsed.database:
        raise UnsafeSettings("DATABASE_URL names no file: an in-memory SQLite database forgets everything")
    return parsed.set(drivername="sqlite+pysqlite")


def writing(url: sa.URL, size: int) -> sa.Engine:
    """For at most `size` writers at once; each transaction begins as a writer, so that none fails half-way."""
    engine = _engine(url, size, name=f"{WRITER} {secrets.token_hex(4)}", patience=WRITERS_WAIT)
    if engine.dialect.name == "sqlite":
        _begin(engine, "BEGIN IMMEDIATE")
    else:
        sa.event.listen(engine, "connect", _give_up_what_is_frozen)
    return engine


def reading(url: sa.URL, size: int) -> sa.Engine:
    """For at most `size` readers at once; each transaction sees one state of the database and can change nothing."""
    engine = _engine(url, size, name="muster reader", patience=READERS_WAIT)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
        _begin(engine, "BEGIN")
    else:
        sa.event.listen(engine, "connect", _only_reading)
    return engine


def _begin(engine: sa.Engine, statement: str) -> None:
    """Not by an event listener: with one, SQLAlchemy asks around before and after every statement of the engine."""

    def begin(dbapi_connection: Any) -> None:
        dbapi_connection.execute(statement)

    engine.dialect.do_begin = begin  # type: ignore[method-assign]


def _engine(url: sa.URL, size: int, *, name: str, patience: float) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        arguments: dict[str, Any] = {"check_same_thread": False}
        prepare = _prepare_sqlite
    else:
        wanted = {**POSTGRES_ARGUMENTS, "application_name": name}
        arguments = {argument: value for argument, value in wanted.items() if argument not in url.query}
        prepare = _check_postgres
    engine = sa.create_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=CONNECT_TIMEOUT, poolclass=sa.QueuePool,
        connect_args=arguments, pool_use_lifo=True, hide_parameters=True,  # they hold what people typed
    )  # fmt: skip
    sa.event.listen(engine, "connect", prepare)
    if engine.dialect.name == "postgresql":
        impatient(engine, patience)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    try:
        _set_up_sqlite(connection)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise Refused(
            f"DATABASE_URL names what SQLite cannot read ({error}): name another file, or restore a backup into one"
        ) from error


def _set_up_sqlite(connection: Any) -> None:
    connection.isolation_level = None  # sqlite3 must begin no transaction of its own: ours begin IMMEDIATE
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")  # first: switching to WAL may have to wait
    for name, wanted in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {wanted}")
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != wanted:
            raise UnsafeSettings(
                f"SQLite does not take {name}={wanted} here, it says {found}: put the database on a local disk"
            )


def _check_postgres(connection: psycopg.Connection, _record: object) -> None:
    for name, safe in POSTGRES_SETTINGS.items():
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        found = row[0] if row else None
        if found not in safe:
            raise UnsafeSettings(f"PostgreSQL has {name}={found} and would lose what it confirmed: set it to on")
    connection.rollback()


def _give_up_what_is_frozen(connection: psycopg.Connection, _record: object) -> None:
    """A process that is stopped within a transaction keeps its connection, and the locks with it: its jobs would stay
    its own past their leases, and nobody else could read deliveries. So the server ends such a session.
    https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
    A session that is in the middle of an answer which nobody reads is not idle; there TCP is what gives up.
    https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-USER-TIMEOUT

    Nor may each of its threads be given in turn what it was waiting for when all were stopped: whoever waits for long
    begins anew."""
    connection.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", (FROZEN_AFTER,))
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCKED_OUT_AFTER,))
    connection.execute("SELECT set_config('tcp_user_timeout', %s, false)", (STUCK_AFTER,))
    connection.commit()


def _only_reading(connection: psycopg.Connection, _record: object) -> None:
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
