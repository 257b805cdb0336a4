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
def replica(database_url: str) -> Iterator[Database]:
    """Another replica beside `database`; for tests that are `on_postgres`."""
    replica = Database(database_url, EachOwesOne())
    replica.open()
    yield replica
    replica.close()


@pytest.fixture
def run(database: Database) -> Run[T]:
    """Runs a function in a transaction, to its commit."""
    return lambda fn: database.submit(fn).result(timeout=10)
