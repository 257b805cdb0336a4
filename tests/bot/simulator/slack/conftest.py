from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator import Simulator
from bot.simulator.credentials import SLACK_BOT_TOKEN
from bot.simulator.slack import Slack
from tests.bot.simulator.slack.listener import Listener


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
def slack(simulator: Simulator) -> Slack:
    return simulator.slack


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[AsyncWebClient]:
    """Slack's own client, pointed at the simulator."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(SLACK_BOT_TOKEN, base_url=f"{simulator.url}/slack/api/", session=session)


@pytest.fixture
async def listener(simulator: Simulator) -> AsyncIterator[Listener]:
    """A bot over HTTP that the simulator delivers to."""
    listener = Listener()
    await listener.start()
    simulator.bot_url = listener.url
    yield listener
    await listener.stop()
