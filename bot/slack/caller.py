"""One call to Slack's Web API: admitted by the gate, answered, or translated into one of our errors."""

import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import Refused, Unavailable
from bot.domain.fence import GUARD
from bot.domain.job import Priority
from bot.slack.errors import TOO_MANY_REQUESTS, failing, garbage, refusal, silence, too_many
from bot.slack.mrkdwn import clean
from bot.slack.pace import Gate

MOST_PAGES = 50
PER_PAGE = 200
"""Slack advises at most 200 a page: https://docs.slack.dev/apis/web-api/pagination"""


class Caller:
    """`web` shares one aiohttp session, whose time-out counts, and retries nothing; repeating is the queue's.
    `answered` hears of each call that shows Slack to be well."""

    def __init__(self, web: AsyncWebClient, gate: Gate, answered: Callable[[], None] = lambda: None) -> None:
        if web.session is None:
            raise ValueError("the Slack client needs a shared session, or each call pays for a new connection")
        self._web = web
        self._session: aiohttp.ClientSession = web.session
        self._gate = gate
        self._answered = answered
        self._priority = Priority.NORMAL

    def at(self, priority: Priority) -> Self:
        """The same Slack, whose calls go through the gate with this priority."""
        other = copy.copy(self)
        other._priority = priority
        return other

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Slack's answer to `method`, one of METHODS; raises Refused or Unavailable.

        Arguments go as a form, the one shape every method takes, with structures as JSON; None is left out.
        https://docs.slack.dev/apis/web-api/#methods
        """
        channel = str(arguments.get("channel", ""))
        async with self._gate.turn(method, channel=channel, priority=self._priority):
            if guard := GUARD.get():
                await guard()
            return await self._answer(method, _form(arguments))

    async def _answer(self, method: str, form: dict[str, str]) -> dict[str, Any]:
        try:
            answer = await self._web.api_call(method, data=form)
        except SlackApiError as error:
            failure = self._translated(method, error)
            if failure.trouble is None:
                self._answered()
            raise failure from error
        except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
            raise silence(method, error) from error
        except (AttributeError, ValueError) as error:  # slack_sdk trips over an answer that is no JSON object
            raise garbage(method) from error
        self._answered()
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[Any]:
        """The items under `key` of all pages, as far as they are asked for, within reason."""
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = await self.call(method, limit=PER_PAGE, cursor=cursor or None, **arguments)
            for item in answer.get(key) or []:
                yield item
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _translated(self, method: str, error: SlackApiError) -> Refused | Unavailable:
        response = error.response
        if not isinstance(response, AsyncSlackResponse):  # JSON by its header, not by its body
            return garbage(method)
        if response.status_code == TOO_MANY_REQUESTS or _word(response.data) == "ratelimited":
            trouble = too_many(method, response.headers)
            self._gate.close(method, trouble.retry_after or 0.0)
            return trouble
        if isinstance(response.data, dict) and response.data.get("error") and response.status_code < 500:
            return refusal(method, response.data)
        return failing(f"Slack answered {method} with {response.status_code}")


def _word(data: Any) -> str:
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return clean(value) if isinstance(value, str) else json.dumps(value)
