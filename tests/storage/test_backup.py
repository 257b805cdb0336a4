"""A backup is one state of everything, and comes back on either database as it was."""

import json
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import Refused
from bot.domain.job import Job
from storage import Database, NewDelivery, archive, backup, migration
from storage.engines import database_url as parsed
from tests.databases import BOTH, on_postgres, on_sqlite, postgres_database
from tests.storage.facts import START, EachOwesOne, service_renamed, triggered

Blank = Callable[[str], str]


@pytest.fixture
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blank]:
    """A database in which nothing is, of the dialect asked for."""
    with ExitStack() as stack:

        def make(dialect: str) -> str:
            if dialect == "sqlite":
                return f"sqlite:///{tmp_path / 'blank.db'}"
            return stack.enter_context(postgres_database(request.getfixturevalue("postgres_url")))

        yield make


def fill(database: Database) -> None:
    """Something in every table that is filled from outside, bytes and numbers included."""
    body = bytes(range(256))
    delivery = NewDelivery("pagerduty", "pagerduty:1", None, {"User-Agent": "PagerDuty"}, body, received_at=START)

    def write(tx: Any) -> None:
        for nth in range(20):
            tx.record(triggered(f"Q{nth}"))
        tx.record_for_service(service_renamed())
        tx.keep(delivery)
        tx.put(Job("later", "a", delay=0.123456789, key="k", collapses=True))
        tx.keep_fact("said", "Ünïcødé \u2028 'quoted' \\ {\"base64\": 1}")

    database.submit(write).result(timeout=10)


def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table, but for the fact that says it was restored."""
    engine = sa.create_engine(parsed(url))
    with engine.connect() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(*table.c).order_by(*table.primary_key))]
            for table in backup.tables_of(connection)
        }
    engine.dispose()
    found["facts"] = [row for row in found["facts"] if row[0] != backup.RESTORED]
    return found


def restored(url: str, file: Path, *, force: bool = False) -> archive.Manifest:
    database = Database(url, EachOwesOne())
    try:
        return database.restore(file, force=force)
    finally:
        database.close()


@pytest.mark.parametrize("target", BOTH)
def test_what_was_backed_up_comes_back_on_either_database(
    database: Database, database_url: str, blank: Blank, tmp_path: Path, target: str
) -> None:
    fill(database)
    made = database.backup(tmp_path / "backup.tar.gz")
    url = blank(target)
    assert restored(url, tmp_path / "backup.tar.gz") == made
    assert everything(url) == everything(database_url)


@pytest.mark.parametrize("target", BOTH)
def test_a_restored_ledger_goes_on_where_it_stood(
    database: Database, blank: Blank, tmp_path: Path, target: str
) -> None:
    fill(database)
    database.backup(tmp_path / "b")
    url = blank(target)
    restored(url, tmp_path / "b")
    after = Database(url, EachOwesOne())
    after.open()
    assert after.submit(lambda tx: tx.record(triggered("Q99"))).result(timeout=5).number == 21
    after.submit(lambda tx: tx.put(Job("new", "z"))).result(timeout=5)
    assert after.submit(lambda tx: [tx.verify(one).complaint for one in tx.streams()]).result(timeout=5) == [None] * 22
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        after.submit(lambda tx: tx._connection.execute(sa.text("DELETE FROM timeline"))).result(timeout=5)
    assert "made_at" in json.loads(after.submit(lambda tx: tx.fact(backup.RESTORED)).result(timeout=5))
    after.close()


def test_a_backup_holds_what_was_confirmed_before_it_began_and_nothing_by_halves(
    database: Database, blank: Blank, tmp_path: Path
) -> None:
    """Beside a writer: incidents, their entries and their jobs are written together, so they are there together."""
    pending = [database.submit(lambda tx, nth=nth: tx.record(triggered(f"Q{nth}"))) for nth in range(300)]
    pending[50].result(timeout=10)
    database.backup(tmp_path / "b")
    for one in pending:
        one.result(timeout=10)
    url = blank("sqlite")
    restored(url, tmp_path / "b")
    found = everything(url)
    assert len(found["incidents"]) >= 51
    told = [row for row in found["jobs"] if "tell" in row]
    assert len(found["incidents"]) == len(found["timeline"]) == len(found["contents"]) == len(told)


def test_a_ledger_is_not_replaced_unless_forced(database: Database, database_url: str, tmp_path: Path) -> None:
    fill(database)
    database.backup(tmp_path / "b")
    then = everything(database_url)
    database.submit(lambda tx: tx.record(triggered("Q77"))).result(timeout=5)
    database.close()
    with pytest.raises(Refused, match="22 timelines already: --force"):
        restored(database_url, tmp_path / "b")
    restored(database_url, tmp_path / "b", force=True)
    assert everything(database_url) == then


@on_postgres
def test_nothing_is_restored_under_a_running_replica(database: Database, database_url: str, tmp_path: Path) -> None:
    database.backup(tmp_path / "b")
    with pytest.raises(Refused, match="stop every replica first"):
        restored(database_url, tmp_path / "b")


@on_sqlite
def test_nothing_is_restored_under_a_running_muster(database: Database, database_url: str, tmp_path: Path) -> None:
    database.backup(tmp_path / "b")
    with pytest.raises(Refused, match="Another Muster uses this database"):
        restored(database_url, tmp_path / "b")


def spoiled(file: Path, how: str, folder: Path) -> Path:
    whole, target = file.read_bytes(), folder / "spoiled"
    if how == "cut off":
        target.write_bytes(whole[: len(whole) * 2 // 3])
    elif how == "no archive":
        target.write_bytes(b"PK\x03\x04")
    elif how in CHANGES:
        rewritten(file, target, *CHANGES[how])
    return target


CHANGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a row less": ("tables/timeline.jsonl", lambda data: data.partition(b"\n")[2]),
    "a word changed": ("tables/inbox.jsonl", lambda data: data.replace(b"PagerDuty", b"PigerDuty")),
    "a table too many": ("manifest.json", lambda data: data.replace(b'"facts"', b'"fiction"')),
    "another format": ("manifest.json", lambda data: data.replace(b'"format": 1', b'"format": 2')),
}


def rewritten(file: Path, target: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with tarfile.open(file) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content
            path = target.with_name("member")
            data = content.read()
            path.write_bytes(change(data) if member.name == name else data)
            new.add(path, member.name)


@pytest.mark.parametrize(
    "how", ["cut off", "no archive", "a row less", "a word changed", "a table too many", "another format", "missing"]
)
def test_a_damaged_backup_changes_nothing(database: Database, database_url: str, tmp_path: Path, how: str) -> None:
    fill(database)
    database.backup(tmp_path / "b")
    database.close()
    before = everything(database_url)
    with pytest.raises(Refused, match=r"no backup of Muster, or it is damaged|There is no file"):
        restored(database_url, spoiled(tmp_path / "b", how, tmp_path), force=True)
    assert everything(database_url) == before


def test_a_newer_musters_backup_is_refused_in_words(database: Database, blank: Blank, tmp_path: Path) -> None:
    made = database.backup(tmp_path / "b")
    with archive.writing(tmp_path / "c") as writer:
        bound = writer.bind(replace(made, schema="9999", tables={}))
        archive.put_in_place(bound, tmp_path / "c")
    with pytest.raises(Refused, match="a newer Muster"):
        restored(blank(database.dialect), tmp_path / "c")


@pytest.mark.parametrize("at", migration.history())
def test_a_backup_of_every_older_schema_comes_back_and_is_migrated(blank: Blank, tmp_path: Path, at: str) -> None:
    url = blank("sqlite")
    engine = sa.create_engine(parsed(url))
    with engine.begin() as connection:
        migration.upgrade(connection, at)
    assert backup.backup(engine, tmp_path / "old").schema == at
    engine.dispose()
    restored(url, tmp_path / "old")
    after = Database(url, EachOwesOne())
    assert after.revisions() == (migration.history()[-1],) * 2
    after.close()


@on_sqlite
def test_a_backup_is_for_its_owners_eyes_and_whole_or_absent(database: Database, tmp_path: Path) -> None:
    fill(database)
    folder = tmp_path / "kept"
    folder.mkdir()
    database.backup(folder / "b")
    assert stat.S_IMODE((folder / "b").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["b"]
    with pytest.raises(Refused, match="cannot be written"):
        database.backup(tmp_path / "nowhere" / "b")


@on_sqlite
@pytest.mark.parametrize("name", ["", "-wal", "-shm", "-journal", ".lock"])
@pytest.mark.parametrize("way", ["directly", "by a link"])
def test_no_backup_replaces_the_database_it_is_made_of(
    database: Database, database_url: str, tmp_path: Path, name: str, way: str
) -> None:
    fill(database)
    before, file = everything(database_url), Path(f"{database.file}{name}")
    target = file if way == "directly" else tmp_path / "link"
    if way == "by a link":
        target.symlink_to(file)
    with pytest.raises(Refused, match="Muster itself lives on: name another one"):
        database.backup(target, force=True)
    assert everything(database_url) == before


def test_a_file_that_is_there_already_is_replaced_only_when_that_is_asked(database: Database, tmp_path: Path) -> None:
    fill(database)
    target, spared = tmp_path / "b", tmp_path / "spared"
    for file in (target, spared):
        file.write_text("somebody's")
    with pytest.raises(Refused, match="is there already: name another file, or let --force replace it"):
        database.backup(target)
    with pytest.raises(Refused, match="Muster itself lives on"):
        database.backup(spared, force=True, spared=[spared])
    assert (target.read_text(), spared.read_text()) == ("somebody's",) * 2
    database.backup(target, force=True)
    assert tarfile.is_tarfile(target)


def test_what_appears_while_a_backup_is_made_is_not_replaced(database: Database, tmp_path: Path) -> None:
    made, target = database.backup(tmp_path / "b"), tmp_path / "c"
    with archive.writing(target) as writer:
        bound = writer.bind(replace(made, tables={}))
        target.write_text("somebody's")
        with pytest.raises(FileExistsError):
            archive.put_in_place(bound, target)
    assert target.read_text() == "somebody's"


@pytest.mark.parametrize("target", ["/dev/null", "folder"])
def test_a_backup_is_kept_in_a_file_alone(database: Database, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Refused, match="is no file that a backup could be kept in"):
        database.backup(tmp_path / target, force=True)
