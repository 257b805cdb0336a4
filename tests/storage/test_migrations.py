"""Migrations make exactly the schema, on both databases, whoever starts first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import Database
from storage.engines import database_url as parsed
from storage.schema import metadata
from tests.databases import BOTH, postgres_database
from tests.storage.facts import EachOwesOne, triggered

TRIGGERS = {
    "sqlite": {
        "timeline_no_update", "timeline_no_delete", "timeline_no_replace", "contents_only_redacted",
        "contents_no_delete", "contents_no_replace", "chains_only_grow", "chains_no_delete",
        "checkpoints_no_update", "checkpoints_no_delete", "checkpoints_no_replace", "sealed_only_grow",
        "sealed_no_delete",
    },
    "postgresql": {
        "timeline_append_only", "contents_no_delete", "contents_only_redacted", "chains_no_delete", "chains_only_grow",
        "checkpoints_append_only", "sealed_no_delete", "sealed_only_grow",
    },
}  # fmt: skip
FOUND = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.fixture(params=BOTH)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/blank.db"
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def test_migrations_make_exactly_the_schema(blank_url: str) -> None:
    database = Database(blank_url, EachOwesOne())
    database.migrate()
    engine = sa.create_engine(parsed(blank_url))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = set(connection.scalars(sa.text(FOUND[database.dialect])))
        partial = _partial_indexes(connection)
    engine.dispose()
    database.close()
    assert found == TRIGGERS[database.dialect]
    assert partial == {index.name for table in metadata.tables.values() for index in table.indexes if _rows(index)}


def test_migrating_again_before_and_after_opening_is_harmless(blank_url: str) -> None:
    database = Database(blank_url, EachOwesOne())
    database.migrate()
    database.open()
    database.submit(lambda tx: tx.record(triggered())).result(timeout=5)
    database.migrate()
    assert database.submit(lambda tx: tx.entries("INC-1")).result(timeout=5) == 1
    database.close()


def test_a_newer_schema_is_left_as_it_is(blank_url: str) -> None:
    """While the next version reaches one replica after another, an old one that starts again serves on."""
    database = Database(blank_url, EachOwesOne())
    database.migrate()
    engine = sa.create_engine(parsed(blank_url))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    database.migrate()
    assert database.revisions()[0] == "9999"
    database.close()


def test_replicas_that_start_at_once_migrate_once(postgres_url: str) -> None:
    with postgres_database(postgres_url) as url:
        replicas = [Database(url, EachOwesOne()) for _ in range(4)]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(Database.migrate, replicas))
        replicas[0].open()
        assert replicas[0].submit(lambda tx: tx.record(triggered())).result(timeout=5).number == 1
        for replica in replicas:
            replica.close()


def _rows(index: sa.Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


def _partial_indexes(connection: sa.Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        found = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    else:
        found = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %'"
    return set(connection.scalars(sa.text(found)))
