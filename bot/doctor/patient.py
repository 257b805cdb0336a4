"""What is examined: a configuration, and the services it leads to."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config
from bot.doctor.finding import VARIABLES, Finding
from bot.domain.errors import Refused, Unavailable
from bot.outbound import trusted
from bot.pagerduty.pace import Gate as PagerDutyGate
from bot.pagerduty.rest import PagerDuty
from bot.slack.client import Slack
from bot.slack.pace import Gate as SlackGate

PATIENCE = aiohttp.ClientTimeout(total=10, connect=5)  # seconds


@dataclass(frozen=True)
class Answer:
    """An HTTP answer whatever its status; `body` is empty when it is no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Patient:
    """`slack` and `pagerduty` are those the bot itself uses; `ask` is for what they keep to themselves. `accounts`:
    PagerDuty's others, by their names."""

    config: Config
    slack: Slack
    pagerduty: PagerDuty
    session: aiohttp.ClientSession
    accounts: Mapping[str, PagerDuty]

    def misspelt(self, *names: str) -> str:
        """Which check names the variable that seems to be meant for one of these; empty: none does."""
        meant = {one.removesuffix("_FILE") for _, one in self.config.misspelt}
        return "" if meant.isdisjoint(names) else VARIABLES

    async def ask(self, method: str, url: str, **options: Any) -> Answer:
        """Unavailable when nothing comes back, Refused when `url` is none."""
        try:
            async with self.session.request(method, url, **options) as response:
                return Answer(response.status, response.headers, _object(await response.text(errors="replace")))
        except (aiohttp.InvalidURL, ValueError) as error:
            raise Refused("The address is no URL") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"nothing answers ({type(error).__name__})", reached=False) from error

    async def ask_slack(self, method: str, token: str, **form: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.ask("POST", self.config.slack_api_url + method, headers=headers, data=form)


Check = Callable[[Patient, str], Awaitable[Sequence[Finding]]]
"""Takes the patient and the name its findings go under. May raise Refused and Unavailable."""


@contextlib.asynccontextmanager
async def admitted(config: Config) -> AsyncIterator[Patient]:
    async with aiohttp.ClientSession(timeout=PATIENCE) as session, httpx.AsyncClient(verify=trusted()) as http:
        client = AsyncWebClient(
            config.slack_bot_token, base_url=config.slack_api_url, session=session, retry_handlers=[]
        )  # fmt: skip
        pagerduty = PagerDuty(
            http, url=config.pagerduty_api_url, token=config.pagerduty_api_token, gate=PagerDutyGate()
        )  # fmt: skip
        accounts = {
            name: PagerDuty(http, url=one.urls.rest, token=one.token, gate=PagerDutyGate())
            for name, one in config.accounts().items()
        }
        yield Patient(config, Slack(client, SlackGate()), pagerduty, session, accounts)


def _object(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
