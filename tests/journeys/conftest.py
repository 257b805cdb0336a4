import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import BOTH, postgres_database
from tests.journeys.town import Town, a_town


@pytest.fixture(name="town")
async def _town(database_url: str) -> AsyncIterator[Town]:
    async with a_town(database_url) as there:
        yield there


@pytest.fixture(params=BOTH)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """A further migrated database at each call, for lives that run side by side."""
    with ExitStack() as stack:
        yield _on_sqlite(request, tmp_path) if request.param == "sqlite" else _on_postgres(request, stack)


def _on_sqlite(request: pytest.FixtureRequest, folder: Path) -> Callable[[], str]:
    template, numbers = request.getfixturevalue("sqlite_template"), itertools.count(1)
    return lambda: f"sqlite:///{shutil.copyfile(template, folder / f'muster-{next(numbers)}.db')}"


def _on_postgres(request: pytest.FixtureRequest, stack: ExitStack) -> Callable[[], str]:
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    return lambda: stack.enter_context(postgres_database(server, template=template))
