"""How the database's own troubles are said in the domain's words."""

import sqlite3

import sqlalchemy as sa

from bot.domain.errors import Refused, Trouble, Unavailable

# serialization failure, deadlock, a lock we would not wait for, or no longer: Postgres has undone all and says so
RETRIABLE = {"40001", "40P01", "55P03"}
IDLED = "25P03"  # idle in a transaction for longer than the session may be
GOING_DOWN = ("57P", "08")  # shutting down, not up yet; connection failures
# https://www.postgresql.org/docs/current/errcodes-appendix.html: resources, cancelled, its disk; a standby
AILING = (*RETRIABLE, "08", "53", "57", "58", "25006")
TROUBLES = sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError
SQLITE_REFUSES = {1, 18, 19, 20, 25}  # ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE: it is well, and does not take this


class UnsafeSettings(Refused):
    """The database would lose what it has confirmed. The message says which setting, and how to mend it."""


def translated(error: BaseException) -> BaseException:
    """`error`, or Unavailable when time may help: disk full, connection lost, locked. Nothing was written then."""
    if isinstance(error, TROUBLES | sqlite3.OperationalError):
        why, failing = " ".join(str(getattr(error, "orig", error)).split()), Trouble("database", "failing")
        unavailable = Unavailable(f"The database does not take it: {why}", reached=False, trouble=failing)
        unavailable.__cause__ = error
        return unavailable
    return error


def is_passing(error: sa.exc.DBAPIError) -> bool:
    """Whether the same function may succeed at once on another try, nothing having been committed by this one."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state in RETRIABLE or state.startswith(GOING_DOWN)


def was_ended_for_idling(error: sa.exc.DBAPIError) -> bool:
    """Whether the server had ended the session, and undone what it held, before it was asked for anything more."""
    return getattr(error.orig, "sqlstate", None) == IDLED


def undoes_all(error: sa.exc.DBAPIError | Unavailable) -> bool:
    """As `is_passing`, said in the domain's words or not; of a commit whose answer was lost nobody knows."""
    if isinstance(error, sa.exc.DBAPIError):
        return is_passing(error)
    return not error.reached and isinstance(error.__cause__, sa.exc.DBAPIError) and is_passing(error.__cause__)


def is_its_own(error: sa.exc.DBAPIError) -> bool:
    """Whether it is the database that fails; False when it is well and does not take what it was given."""
    if not isinstance(error, TROUBLES):
        return False
    state = getattr(error.orig, "sqlstate", None)
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    return error.connection_invalidated or (state.startswith(AILING) if state else code not in SQLITE_REFUSES)


def first(error: sa.exc.DBAPIError) -> sa.exc.DBAPIError:
    """What went wrong before anything else did: SQLite whose disk is full undoes the whole transaction, and then misses
    the savepoint that was to be undone. https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction"""
    earliest, seen = error, error.__context__
    while seen:
        earliest = seen if isinstance(seen, sa.exc.DBAPIError) else earliest
        seen = seen.__context__
    return earliest
