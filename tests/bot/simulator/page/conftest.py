from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.simulator import Simulator
from tests.bot.simulator.page.browser import Browser
from tests.bot.simulator.page.stand_in import StandIn


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[StandIn]:
    async with StandIn(simulator) as bot:
        yield bot


@pytest.fixture
async def browser(simulator: Simulator) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(session, simulator.url)
