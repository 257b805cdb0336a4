"""What every part of a transaction stands on: one open connection."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import stamp

__all__ = ["MIGRATIONS", "PEOPLE", "READING", "SEVERAL", "STORMS", "Connected", "instant", "stamp", "storable"]


class Connected:
    """`wakes`: whether this transaction put jobs that are due at once, so that workers must hear of its commit."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._past: frozenset[int] = frozenset()
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
        if self._dialect == "postgresql" and number not in self._past:
            self._do(LOCK, number=number)

    def _is_first(self, number: int, *, then: int) -> bool:
        """Like `_alone`, without waiting: False when somebody is past the lock. Past it, and past that of `then`, for
        which it waits, if True."""
        if self._dialect == "postgresql":
            if not self._connection.scalar(FIRST, {"number": number, "then_number": then}):
                return False
            self._past = frozenset({number, then})  # this is no part that could be undone alone, and with it the locks
        return True

    def take_several(self) -> None:
        """First of all, by whoever will hold rows of several incidents or alerts, or introduces or names an incident:
        until the commit nobody else does. See docs/decisions/0006-one-writer.md."""
        self._alone(SEVERAL)


SEVERAL, READING, PEOPLE, MIGRATIONS, STORMS = (0x4D757374_00 + n for n in range(5))  # advisory locks: "Must" + n
_lock = sa.func.pg_advisory_xact_lock
LOCK = sa.select(_lock(sa.bindparam("number", type_=sa.BigInteger)))
FIRST = sa.select(  # in one statement, for every reading begins with it
    sa.case(
        (
            sa.func.pg_try_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)),
            sa.cast(_lock(sa.bindparam("then_number", type_=sa.BigInteger)), sa.Text).is_not(None),
        ),
        else_=sa.false(),
    )
)


def instant(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)


def storable(text: str) -> str:
    """Foreign text as both databases can keep it: no NUL (Postgres), no lone surrogates (neither)."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
