"""What would lose a confirmed row refuses to start; what is shared without being allowed to, too."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import Refused, Unavailable
from storage import Database, UnsafeSettings, engines
from tests import postgres
from tests.databases import on_postgres, on_sqlite, postgres_database, renamed
from tests.storage.facts import EachOwesOne, triggered


@on_sqlite
def test_every_sqlite_connection_is_safe(database: Database) -> None:
    for engine in (database._writing, database._reading):
        with engine.connect() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in engines.SQLITE_SETTINGS}
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_what_a_failing_statement_was_given_is_not_in_its_complaint(database: Database) -> None:
    """Complaints are logged, and parameters are what people typed."""
    with database._writing.connect() as connection, pytest.raises(sa.exc.DBAPIError) as failed:
        connection.execute(sa.text("SELECT :said FROM nowhere"), {"said": "Tr0ub4dor"})
    assert "Tr0ub4dor" not in str(failed.value)


@on_sqlite
def test_a_writer_begins_as_a_writer(database: Database, tmp_path: Path) -> None:
    other = sa.create_engine(f"sqlite:///{tmp_path}/muster.db", connect_args={"timeout": 0})
    locked = pytest.raises(sa.exc.OperationalError, match="locked")
    with database._writing.begin(), other.connect() as connection, locked:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    other.dispose()


def test_a_place_where_sqlite_cannot_keep_its_promise_is_refused(tmp_path: Path) -> None:
    without_shared_memory = f"sqlite:///file:{tmp_path}/muster.db?vfs=unix-dotfile&uri=true"
    engine = engines.writing(engines.database_url(without_shared_memory), 1)
    with pytest.raises(UnsafeSettings, match="journal_mode"):
        engine.connect()


def test_a_postgres_that_confirms_before_it_writes_is_refused(postgres_url: str) -> None:
    with postgres_database(postgres_url) as url:
        postgres.execute(url, f"ALTER DATABASE {sa.make_url(url).database} SET synchronous_commit = off")
        with pytest.raises(UnsafeSettings, match="synchronous_commit=off"):
            Database(url, EachOwesOne()).open()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(UnsafeSettings, match="forgets"):
        Database(url, EachOwesOne())


@pytest.mark.parametrize("url", ["mysql://root@db/muster", "muster.db"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="DATABASE_URL"):
        Database(url, EachOwesOne())


@on_postgres
def test_a_postgres_that_does_not_answer_is_unavailable(database_url: str) -> None:
    absent = Database(renamed(database_url, "nobody_has_made_this"), EachOwesOne())
    with pytest.raises(Unavailable):
        absent.open()


OTHER_PROCESS = """
import sys
from bot.domain.errors import Refused
from storage import Database
from tests.storage.facts import EachOwesOne
try:
    Database(sys.argv[1], EachOwesOne()).open()
except Refused as refusal:
    sys.exit(str(refusal))
"""


@on_sqlite
def test_a_second_process_is_refused_until_the_first_has_closed(database: Database, database_url: str) -> None:
    def second() -> Any:
        command = [sys.executable, "-c", OTHER_PROCESS, database_url]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    refused = second()
    assert (refused.returncode, "Another Muster" in refused.stderr) == (1, True)
    database.close()
    assert second().returncode == 0


@on_sqlite
@pytest.mark.anyio
async def test_reading_alone_is_allowed_beside_the_one_that_writes(database: Database, database_url: str) -> None:
    reader = Database(database_url, EachOwesOne())
    with pytest.raises(Refused):
        reader.migrate()
    reader.open(read_only=True)
    await database.write(lambda tx: tx.record(triggered()))
    assert await reader.read(lambda tx: tx.entries("INC-1")) == 1
    with pytest.raises(Unavailable):
        await reader.write(lambda tx: tx.keep_fact("a", "b"))
    reader.close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="folder"):
        Database(f"sqlite:///{tmp_path}/none/muster.db", EachOwesOne()).open()


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_a_sqlite_ledger_is_its_owners_alone_with_all_that_lies_beside_it(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        database = Database(f"sqlite:///{tmp_path}/muster.db", EachOwesOne())
        database.migrate()
        database.open()
        database.submit(lambda tx: tx.keep_fact("said", "something")).result(timeout=5)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert modes.keys() >= {"muster.db", "muster.db-wal", "muster.db-shm", "muster.db.lock"}
    assert set(modes.values()) == {0o600}


LOOKS = """
import sqlite3, sys
one = sqlite3.connect(sys.argv[1])
print(one.execute("SELECT * FROM facts").fetchall())
one.close()
"""


def test_whoever_looks_from_beside_leaves_the_write_ahead_log_to_whoever_writes(tmp_path: Path) -> None:
    """Started as `muster serve` is, migrations first; SQLite takes the log away with the last who uses the file."""
    file, log = tmp_path / "muster.db", tmp_path / "muster.db-wal"
    database = Database(f"sqlite:///{file}", EachOwesOne())
    database.migrate()
    database.open()
    begun = log.stat().st_ino
    for name in ("before", "after"):
        database.submit(lambda tx, name=name: tx.keep_fact(name, "1")).result(timeout=5)  # type: ignore[misc]
        seen = subprocess.run([sys.executable, "-c", LOOKS, file], check=True, capture_output=True, text=True)
        assert name in seen.stdout
    assert log.stat().st_ino == begun
    database.close()
