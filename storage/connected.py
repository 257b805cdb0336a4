"""What every part of a transaction stands on: one open connection."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import stamp

__all__ = ["INTRODUCTIONS", "MIGRATIONS", "PEOPLE", "READING", "Connected", "instant", "stamp", "storable"]


class Connected:
    """`wakes`: whether this transaction put jobs that are due at once, so that workers must hear of its commit."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.wakes = False

    def _first(self, statement: sa.Executable, **values: Any) -> sa.Row[Any] | None:
        return self._connection.execute(statement, values).first()

    def _all(self, statement: sa.Executable, **values: Any) -> list[sa.Row[Any]]:
        return list(self._connection.execute(statement, values))

    def _do(self, statement: sa.Executable, **values: Any) -> None:
        self._connection.execute(statement, values)

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name

    def _alone(self, number: int) -> None:
        """Until the commit nobody else, on any replica, is past the lock of this number. SQLite has one writer."""
        if self._dialect == "postgresql":
            self._do(LOCK, number=number)

    def _is_first(self, number: int) -> bool:
        """Like `_alone`, without waiting: False when somebody is past the lock."""
        return self._dialect != "postgresql" or bool(self._connection.scalar(TRY_LOCK, {"number": number}))


INTRODUCTIONS, READING, PEOPLE, MIGRATIONS, STORMS = (0x4D757374_00 + n for n in range(5))  # advisory locks: "Must" + n
LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))
TRY_LOCK = sa.select(sa.func.pg_try_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


def instant(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)


def storable(text: str) -> str:
    """Foreign text as both databases can keep it: no NUL (Postgres), no lone surrogates (neither)."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
