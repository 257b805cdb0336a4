import asyncio
import itertools
import os
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests import postgres
from tests.databases import BOTH, emptied, migrated, renamed
from tests.journeys.nursery import Nursery, open_nursery
from tests.journeys.town import Town, a_town


@pytest.fixture(name="town")
async def _town(database_url: str) -> AsyncIterator[Town]:
    async with a_town(database_url) as there:
        yield there


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as there:
        yield there


TEMPLATE = 0  # the number of the database that the others are copied from, and nobody is connected to
NewDatabase = Callable[[], AbstractAsyncContextManager[str]]


@pytest.fixture(params=BOTH)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """A migrated database of its own for each of many lives side by side, for as long as one lasts."""
    if request.param == "postgresql":
        lent: NewDatabase = request.getfixturevalue("postgres_databases")
        return lent
    numbers = itertools.count(1)
    template = request.getfixturevalue("sqlite_template")

    @asynccontextmanager
    async def copied() -> AsyncIterator[str]:
        yield f"sqlite:///{shutil.copyfile(template, tmp_path / f'life-{next(numbers)}.db')}"

    return copied


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Iterator[NewDatabase]:
    """As many as are in use at once: creating and dropping one takes a second, emptying it none."""
    made = [_created(postgres_url, TEMPLATE)]
    free: list[str] = []
    one_at_a_time = threading.Lock()

    def another() -> str:
        with one_at_a_time:
            made.append(_created(postgres_url, len(made)))
            return made[-1]

    @asynccontextmanager
    async def lent() -> AsyncIterator[str]:
        url = free.pop() if free else await asyncio.to_thread(another)
        yield url
        await asyncio.to_thread(emptied, url)
        free.append(url)

    yield lent
    with ThreadPoolExecutor() as pool:  # together they share the checkpoint that each drop waits for
        list(pool.map(lambda nth: _drop(postgres_url, nth), range(len(made))))


def _created(server: str, nth: int) -> str:
    template = "template1" if nth == TEMPLATE else _name(TEMPLATE)
    postgres.execute(server, f"CREATE DATABASE {_name(nth)} TEMPLATE {template}")
    url = renamed(server, _name(nth))
    if nth == TEMPLATE:
        migrated(url)
    return url


def _drop(server: str, nth: int) -> None:
    postgres.execute(server, f"DROP DATABASE {_name(nth)} WITH (FORCE)")


def _name(nth: int) -> str:
    return f"muster_life_{os.getpid()}_{nth}"
