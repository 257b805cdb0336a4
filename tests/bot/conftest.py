"""The pretended Slack and PagerDuty, and the world as effects and doors see it."""

import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import worker
from bot.domain.routing import Routing
from bot.effects import World
from bot.outbound import Outbound
from bot.pagerduty.events import EventsApi
from bot.pagerduty.pace import Gate as PagerDutyGate
from bot.pagerduty.rest import PagerDuty
from bot.simulator import Simulator, credentials
from bot.slack.client import Slack
from bot.slack.pace import Gate as SlackGate
from storage import Database
from tests.bot.yard import Yard


@pytest.fixture
def logging_stays() -> Iterator[None]:
    """Whatever the test does to logging is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for ours in ("bot", "commands", "storage"):
        logging.getLogger(ours).setLevel(logging.NOTSET)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def world(simulator: Simulator, database: Database) -> AsyncIterator[World]:
    """Of a bot that nothing was decided for; Slack may take half a second a call."""
    outbound, timeout = Outbound((simulator.url,)), aiohttp.ClientTimeout(total=0.5)
    async with outbound.session(timeout) as session, outbound.client(max_connections=9) as http:
        url, token = f"{simulator.url}/pagerduty", credentials.PAGERDUTY_API_TOKEN
        web = AsyncWebClient(
            credentials.SLACK_BOT_TOKEN, base_url=f"{simulator.url}/slack/api/", session=session, retry_handlers=[]
        )
        yield World(
            database=database,
            slack=Slack(web, SlackGate()),
            pagerduty=PagerDuty(http, url=url, token=token, gate=PagerDutyGate()),
            events_api=EventsApi(http, url=f"{simulator.url}/events"),
            routing=Routing(),
        )


@pytest.fixture
async def yard(world: World, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setattr(worker, "NET", 60.0)  # so that only wake-ups can explain what happens in time
    yard = Yard(world, monkeypatch)
    await yard.introduce()
    return yard
