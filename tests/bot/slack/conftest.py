"""The pretended Slack, and our client of it."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator import credentials
from bot.simulator.simulator import Simulator
from bot.slack.client import Slack
from bot.slack.pace import Gate

TIME_OUT = aiohttp.ClientTimeout(total=1)


@pytest.fixture
async def world() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=TIME_OUT) as session:
        yield session


@pytest.fixture
def slack(world: Simulator, session: aiohttp.ClientSession) -> Slack:
    return slack_at(f"{world.url}/slack/api/", session)


@pytest.fixture
async def room(slack: Slack) -> str:
    """The id of a channel that the bot has made."""
    return await slack.create_channel("inc-42-checkout", private=False)


def slack_at(url: str, session: aiohttp.ClientSession, gate: Gate | None = None) -> Slack:
    web = AsyncWebClient(token=credentials.SLACK_BOT_TOKEN, base_url=url, session=session, retry_handlers=[])
    return Slack(web, gate or Gate())


@pytest.fixture
def unused_tcp_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
