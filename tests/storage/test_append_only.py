"""What was recorded cannot be rewritten, not even by who opens the database beside us."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from storage.engines import database_url as parsed
from tests.databases import on_postgres, on_sqlite
from tests.storage.facts import noted, redacted, signed


@pytest.fixture
def intruder(run: Any, database_url: str) -> Iterator[sa.Engine]:
    """Somebody with a connection of their own, once two entries are there."""
    run(lambda tx: [tx.record(noted("It is the cache", key="n1")), tx.record(noted("It was not", key="n2"))])
    engine = sa.create_engine(parsed(database_url))
    yield engine
    engine.dispose()


def attempt(intruder: sa.Engine, statement: str) -> None:
    with intruder.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE timeline SET actor = '{}' WHERE seq = 1",
        "UPDATE timeline SET at = at",
        "DELETE FROM timeline WHERE seq = 2",
        "DELETE FROM contents",
        "DELETE FROM chains",
        "UPDATE contents SET text = 'It was Bob' WHERE seq = 1",
        "UPDATE contents SET text = NULL",
        "UPDATE contents SET salt = NULL, text = NULL, details = NULL, seq = 7 WHERE seq = 1",
        "UPDATE chains SET size = 1",
        "UPDATE chains SET head = 'x'",
    ],
)
def test_rewriting_is_refused(statement: str, intruder: sa.Engine, run: Any) -> None:
    before = run(lambda tx: tx.timeline("INC-1"))
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        attempt(intruder, statement)
    assert run(lambda tx: tx.timeline("INC-1")) == before


@on_postgres
@pytest.mark.parametrize("table", ["timeline", "contents", "chains"])
def test_postgres_refuses_to_empty_a_table(table: str, intruder: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        attempt(intruder, f"TRUNCATE {table} CASCADE")


@on_sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "REPLACE INTO timeline SELECT stream, seq, at, recorded_at, kind, '{}', origin, 'other', '', '' FROM timeline",
        "REPLACE INTO timeline SELECT stream, seq + 9, at, recorded_at, kind, '', origin, key, '', '' FROM timeline",
        "REPLACE INTO contents SELECT stream, seq, salt, 'It was Bob', details FROM contents",
    ],
)
def test_sqlite_refuses_to_replace(statement: str, intruder: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        attempt(intruder, statement)


def test_nothing_is_taken_away_unless_an_entry_says_so(intruder: sa.Engine, run: Any) -> None:
    blank = "UPDATE contents SET salt = NULL, text = NULL, details = NULL WHERE seq = 1"
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        attempt(intruder, blank)
    run(lambda tx: tx.record(redacted(1)))
    attempt(intruder, blank)
    first, second, _ = run(lambda tx: tx.timeline("INC-1"))
    assert (first.text, first.details, first.kind) == ("(redacted)", {}, "incident.annotated")
    assert second.text == "PagerDuty noted: It was not"
    assert run(lambda tx: tx.verify("INC-1")).complaint is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoints SET hash = 'x'",
        "DELETE FROM checkpoints",
        "UPDATE sealed SET size = 1, head = 'x'",
        "DELETE FROM sealed",
    ],
)
def test_checkpoints_are_kept_as_they_were_signed(statement: str, intruder: sa.Engine, run: Any) -> None:
    run(lambda tx: tx.keep_checkpoint(signed(tx.ends())))
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        attempt(intruder, statement)
    assert run(lambda tx: tx.keep_checkpoint(tx.last_checkpoint())) is False
