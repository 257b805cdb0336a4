"""A Postgres connection that gives up on a server that says nothing: a cable cut in silence is otherwise noticed when
the kernel tires of it, after a quarter of an hour, and the thread that waits is lost until then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.abc import RV, PQGen

from bot.domain.errors import Refused

POLL = 0.1  # seconds between two looks at the clock
READERS_WAIT = 30.0  # seconds; a reader may count what is large


class Impatient(psycopg.Connection[Any]):
    """`patience`: seconds for one exchange with the server, None without limit. A connection whose exchange was broken
    off is closed, so that the pool opens another."""

    patience: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = POLL, timeout: float | None = None) -> RV:
        limit = self.patience if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and timeout is None and type(error).__name__ == "_WaitTimeout":
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer from the server within {limit} s") from error
            raise


def impatient(engine: sa.Engine, seconds: float) -> None:
    """From now on the engine's connections wait so long for the server. SQLAlchemy connects by the first `do_connect`
    listener that answers, so there must be no other."""

    def connect(_dialect: object, _record: object, arguments: Any, named: Any) -> Impatient:
        try:
            connection = Impatient.connect(*arguments, **named)
        except psycopg.ProgrammingError as error:  # libpq looks through the options before it connects
            raise Refused(f"DATABASE_URL has an option that PostgreSQL does not take: {str(error).strip()}") from error
        connection.patience = seconds
        return connection

    sa.event.listen(engine, "do_connect", connect)


@contextmanager
def unhurried(connection: sa.Connection) -> Iterator[None]:
    """Inside, this connection waits for as long as it takes, for a migration for instance, and so does the server."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, Impatient):
        yield
        return
    usual, driver.patience = driver.patience, None
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
    try:
        yield
    finally:
        driver.patience = usual
