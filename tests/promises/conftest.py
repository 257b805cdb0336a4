from collections.abc import Iterator

import pytest

from tests.databases import postgres_database


@pytest.fixture
def second_postgres_url(postgres_url: str) -> Iterator[str]:
    """Another database, in which nothing is."""
    with postgres_database(postgres_url) as url:
        yield url
