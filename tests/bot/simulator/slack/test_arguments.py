import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator import Simulator
from bot.simulator.credentials import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from bot.simulator.slack import Slack
from tests.bot.simulator.slack.refusing import refused

pytestmark = pytest.mark.anyio
BEARER = {"Authorization": f"Bearer {SLACK_BOT_TOKEN}"}


async def posted(simulator: Simulator, method: str, headers: dict[str, str] = BEARER, **what: Any) -> dict[str, Any]:
    url = f"{simulator.url}/slack/api/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers, **what) as response:
        body: dict[str, Any] = await response.json()
        return body


@pytest.mark.parametrize("form", ["params", "data", "json"])
async def test_each_form_of_arguments_makes_the_same_private_channel(simulator: Simulator, form: str) -> None:
    private = {"params": "1", "data": "true", "json": True}[form]
    given: dict[str, Any] = {form: {"name": "inc-1", "is_private": private}}
    made = await posted(simulator, "conversations.create", **given)
    assert (made["channel"]["name"], made["channel"]["is_private"]) == ("inc-1", True)


async def test_blocks_and_metadata_may_come_as_text_in_a_form(simulator: Simulator) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
    metadata = {"event_type": "muster", "event_payload": {"key": "k"}}
    form = {"channel": "C0GENERAL", "blocks": json.dumps(blocks), "metadata": json.dumps(metadata)}
    message = (await posted(simulator, "chat.postMessage", data=form))["message"]
    assert message["blocks"][0]["text"]["text"] == "hello"
    assert message["metadata"] == metadata


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"data": b"{", "headers": {**BEARER, "Content-Type": "application/json"}}, "invalid_json"),
        ({"data": b"[]", "headers": {**BEARER, "Content-Type": "application/json"}}, "json_not_object"),
        ({"data": {"channel": "C0GENERAL", "blocks": "{"}}, "invalid_blocks_format"),
        ({"data": {"channel": "C0GENERAL", "blocks": "{}"}}, "invalid_blocks_format"),
        ({"data": {"channel": "C0GENERAL", "text": "a", "metadata": "[]"}}, "invalid_metadata_format"),
        ({"data": {"text": "nowhere"}}, "invalid_arguments"),
        ({"headers": {}}, "not_authed"),
        ({"headers": {"Authorization": "Bearer xoxb-another"}}, "invalid_auth"),
        ({"headers": {"Authorization": f"Bearer {SLACK_APP_TOKEN}"}}, "not_allowed_token_type"),
    ],
)
async def test_what_slack_cannot_read_or_believe_is_refused(
    simulator: Simulator, what: dict[str, Any], error: str
) -> None:
    body = await posted(simulator, "chat.postMessage", **what)
    assert (body["ok"], body["error"]) == (False, error)


async def test_the_token_may_be_an_argument(simulator: Simulator) -> None:
    told = await posted(simulator, "auth.test", headers={}, data={"token": SLACK_BOT_TOKEN})
    assert (told["ok"], told["user"]) == (True, "muster")


async def test_an_unknown_method_is_named_in_the_refusal(client: AsyncWebClient) -> None:
    assert (await refused(client.api_call("chat.shout")))["req_method"] == "chat.shout"


async def test_a_missing_scope_is_named_beside_those_that_were_given(client: AsyncWebClient, slack: Slack) -> None:
    slack.api.scopes = frozenset({"chat:write", "channels:manage"})
    await client.conversations_create(name="public")
    body = await refused(client.conversations_create(name="private", is_private=True))
    assert (body["error"], body["needed"], body["provided"]) == (
        "missing_scope",
        "groups:write",
        "channels:manage,chat:write",
    )
    assert (await client.auth_test()).headers["X-OAuth-Scopes"] == "channels:manage,chat:write"
