import aiohttp
import pytest

from bot.simulator import Simulator
from bot.simulator.credentials import SLACK_BOT_TOKEN
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.slack import Slack

pytestmark = pytest.mark.anyio


async def test_one_port_serves_slack_pagerduty_and_the_page() -> None:
    async with Simulator() as simulator, aiohttp.ClientSession(simulator.url) as session:
        bearer = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}
        async with session.post("/slack/api/auth.test", headers=bearer) as response:
            assert (await response.json())["ok"] is True
        async with session.get("/pagerduty/incidents") as response:
            assert response.status == 401
        async with session.post("/events/v2/enqueue", json={}) as response:
            assert response.status == 400
        async with session.get("/") as response:
            assert response.content_type == "text/html"


async def test_a_slack_made_beforehand_shares_its_faults_with_the_rest() -> None:
    slack = Slack(Faults(), News(), bot_url=lambda: None, scopes=frozenset({"chat:write"}))
    simulator = Simulator(slack=slack)
    assert simulator.faults is slack.faults
    assert simulator.slack.api.scopes == {"chat:write"}


async def test_stopping_twice_is_harmless_and_nothing_listens_afterwards() -> None:
    simulator = Simulator()
    await simulator.start()
    await simulator.stop()
    await simulator.stop()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(simulator.url)
