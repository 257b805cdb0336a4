from collections.abc import AsyncIterator

import pytest

from tests.bot.simulator.pagerduty.world import World, world


@pytest.fixture
async def pd(anyio_backend: str) -> AsyncIterator[World]:
    async with world() as running:
        yield running
