from collections.abc import AsyncIterator

import pytest

from tests.journeys.town import Town, a_town


@pytest.fixture(name="town")
async def _town(database_url: str) -> AsyncIterator[Town]:
    async with a_town(database_url) as there:
        yield there
