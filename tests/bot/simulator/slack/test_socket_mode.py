import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator import Simulator
from bot.simulator.credentials import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from bot.simulator.slack import Slack
from tests.bot.simulator.slack.refusing import error

pytestmark = pytest.mark.anyio


async def eventually(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never became true")


class Bot:
    """Slack's own Socket Mode client, answering every envelope with `payload`."""

    def __init__(self, base_url: str) -> None:
        web_client = AsyncWebClient(SLACK_BOT_TOKEN, base_url=base_url)
        self.client = SocketModeClient(SLACK_APP_TOKEN, web_client=web_client, ping_interval=0.2)
        self.client.socket_mode_request_listeners.append(self._answer)
        self.asked: list[SocketModeRequest] = []
        self.payload: dict[str, object] | None = None
        self.silent = 0

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.asked.append(request)
        if self.silent:
            self.silent -= 1
            return
        payload = self.payload if request.accepts_response_payload else None
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    bot = Bot(f"{simulator.url}/slack/api/")
    await bot.client.connect()  # type: ignore[no-untyped-call]
    await eventually(lambda: simulator.slack.sockets.connected)
    yield bot
    await bot.client.close()  # type: ignore[no-untyped-call]


async def test_a_command_travels_through_the_socket_and_is_answered_in_it(slack: Slack, bot: Bot) -> None:
    bot.payload = {"text": "Nothing is open."}
    answer = await slack.command("alice", "general", "/incident list")
    assert answer.text == "Nothing is open."
    request = bot.asked[0]
    assert (request.type, request.payload["command"], request.payload["text"]) == (
        "slash_commands",
        "/incident",
        "list",
    )


async def test_an_event_that_is_not_acknowledged_comes_again(slack: Slack, bot: Bot) -> None:
    slack.delivery.patience = 0.1
    slack.events.retry_after = (0.01,)
    bot.silent = 1
    slack.channel("general").members.add(slack.workspace.bot.id)
    await slack.say("alice", "general", "hello")
    await slack.settled()
    assert [(request.retry_attempt, request.retry_reason) for request in bot.asked] == [(0, ""), (1, "http_timeout")]


async def test_after_a_refresh_the_client_is_back_and_hears_again(slack: Slack, bot: Bot) -> None:
    bot.payload = {"text": "here"}
    await slack.socket_refresh()
    await eventually(lambda: slack.sockets.connected)
    assert (await slack.command("alice", "general", "/incident list")).text == "here"


async def test_payloads_are_spread_over_several_connections(simulator: Simulator, slack: Slack, bot: Bot) -> None:
    second = Bot(f"{simulator.url}/slack/api/")
    await second.client.connect()  # type: ignore[no-untyped-call]
    await eventually(lambda: second.client.current_session is not None and len(slack.sockets) == 2)
    for _ in range(4):
        await slack.command("alice", "general", "/incident list")
    await second.client.close()  # type: ignore[no-untyped-call]
    assert (len(bot.asked), len(second.asked)) == (2, 2)


async def test_the_bot_token_opens_no_socket(client: AsyncWebClient) -> None:
    assert await error(client.apps_connections_open(app_token=SLACK_BOT_TOKEN)) == "not_allowed_token_type"
