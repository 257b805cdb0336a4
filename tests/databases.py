"""Fixtures: empty databases, cheaply. Each test gets a copy of a SQLite database that was migrated once, or the one
Postgres database of the session, emptied: making another takes a tenth of a second or two, and there are many tests."""

import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database
from storage.schema import metadata
from tests import postgres

BOTH = ["sqlite", "postgresql"]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_numbers = itertools.count(1)


def migrated(url: str) -> None:
    database = Database(url, Reactions(Routing()))
    database.migrate()
    database.close()


def renamed(url: str, name: str) -> str:
    """The same server, another database."""
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_database(server: str, *, template: str = "template1") -> Iterator[str]:
    """A new database, for as long as it is needed: empty, or a copy of another to which nobody is connected."""
    name = f"muster_test_{os.getpid()}_{next(_numbers)}"
    postgres.execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield renamed(server, name)
    finally:
        postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def until_somebody_waits(url: str) -> None:
    """For a row that another transaction holds."""
    deadline = time.monotonic() + 3
    with psycopg.connect(url, autocommit=True) as connection:
        while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert time.monotonic() < deadline


def emptied(url: str) -> None:
    """As if just migrated."""
    postgres.execute(url, EMPTIED)


SERIALS = [
    (table, column)
    for table in metadata.tables.values()
    if (column := table.autoincrement_column) is not None and column.autoincrement == "auto"
]
# Needs a superuser: the triggers that keep the timeline must look away.
EMPTIED = ";".join(
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in metadata.tables),
        *(f"ALTER SEQUENCE {table.name}_{column.name}_seq RESTART" for table, column in SERIALS),
    ]
)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A Postgres in which databases may be created; shared by the whole session."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoPostgres as error:
        if sys.platform == "linux":  # the dev extra brings one, so this is a fault
            raise
        pytest.skip(f"no Postgres here: {error}")


@pytest.fixture(scope="session")
def owner(postgres_url: str) -> Iterator[psycopg.Connection]:
    """Of the database that tests use one after the other; it empties it before each."""
    with postgres_database(postgres_url) as url:
        migrated(url)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "muster.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    path = tmp_path / "muster.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def fresh_postgres_url(postgres_url: str, owner: psycopg.Connection) -> str:
    """A migrated Postgres database with nothing in it."""
    owner.execute(EMPTIED.encode())
    return renamed(postgres_url, owner.info.dbname)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other: migrated and empty."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "fresh_postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open, with the reactions the bot has."""
    database = Database(database_url, Reactions(Routing()))
    database.open()
    yield database
    database.close()
