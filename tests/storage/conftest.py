"""A ledger with the plainest reactions there are, so that these tests show storage alone."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from storage import Database, Transaction
from tests.storage.facts import EachOwesOne

T = TypeVar("T")
Run = Callable[[Callable[[Transaction], T]], T]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, EachOwesOne())
    database.open()
    yield database
    database.close()


@pytest.fixture
def replica(database_url: str, database: Database) -> Iterator[Database]:
    """A second process's view of the same Postgres."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite serves one process")
    replica = Database(database_url, EachOwesOne())
    replica.open()
    yield replica
    replica.close()


@pytest.fixture
def run(database: Database) -> Run[T]:
    """Runs a function in a transaction, to its commit."""
    return lambda fn: database.submit(fn).result(timeout=10)
