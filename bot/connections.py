"""The ways out: one session to Slack, one client to PagerDuty, and the world that effects act in."""

import functools
from types import TracebackType
from typing import Self

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.atlas import Atlas
from bot.closures import Closures
from bot.config import Config
from bot.effects import World
from bot.keptn import Keptn
from bot.keyring import signing_keys, vault
from bot.metrics import GATE_WAIT
from bot.outbound import Outbound
from bot.pagerduty.events import EventsApi
from bot.pagerduty.pace import Gate as PagerDutyGate
from bot.pagerduty.rest import PagerDuty
from bot.roster import Roster
from bot.settings.regions import Account, elsewhere
from bot.slack.client import Slack
from bot.slack.pace import PATIENCE
from bot.slack.pace import Gate as SlackGate
from bot.slack.seal import Seal
from bot.trouble import over
from storage import Database

SLACK_ANSWERS_WITHIN = aiohttp.ClientTimeout(total=10, connect=5)  # seconds


class Connections:
    """Open for the time of a `with`. Nothing leads anywhere but to Slack, PagerDuty and what is configured."""

    def __init__(self, config: Config, database: Database, *, slack_minute: float) -> None:
        self._config, self._database = config, database
        self._told_back = {one.name: one.write_back for one in config.sources() if one.write_back}
        self._asking = {one.name: one.approvals for one in config.sources() if one.approvals}
        told_back = (*(one.url for one in self._told_back.values()), *(one.url for one in self._asking.values()))
        vendors = (config.slack_api_url, config.pagerduty_api_url, config.pagerduty_events_url)
        self._elsewhere = elsewhere(config.accounts())
        accounts = (one.urls.rest for one in config.accounts().values())
        self._outbound = Outbound((*vendors, *self._elsewhere.values(), *accounts, *told_back))
        self._slack_gate, self._pagerduty_gate = _slack_gate(slack_minute), PagerDutyGate()
        self.vault = functools.cache(lambda: vault(config, database.place))
        self.closures = Closures(self._slack_gate, self._pagerduty_gate)

    async def __aenter__(self) -> Self:
        self._session = self._outbound.session(SLACK_ANSWERS_WITHIN)
        self._http = self._outbound.client(max_connections=20)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._http.aclose()

    def trace(self) -> aiohttp.TraceConfig:
        return self._outbound.through_aiohttp()

    def web_client(self, token: str | None) -> AsyncWebClient:
        """One session for all, no retries of its own: repeating is the queue's, which knows how to do it harmlessly."""
        return AsyncWebClient(token, base_url=self._config.slack_api_url, session=self._session, retry_handlers=[])

    def world(self, roster: Roster) -> World:
        config, database = self._config, self._database
        return World(
            keys=functools.cache(lambda: signing_keys(config, database.place)),
            vault=self.vault,
            roster=roster,
            route_keys=config.route_keys(),
            anchors=config.anchors(database.place),
            database=database,
            slack=self._slack(),
            pagerduty=PagerDuty(
                self._http, url=config.pagerduty_api_url, token=config.pagerduty_api_token,
                gate=self._pagerduty_gate, answered=lambda: over("pagerduty"),
            ),
            accounts={name: self._account(one) for name, one in config.accounts().items()},
            events_api=EventsApi(
                self._http, url=config.pagerduty_events_url, elsewhere=self._elsewhere, answered=over,
            ),
            routing=config.routing(),
            policy=config.policy(),
            writes_as=config.pagerduty_from,
            public_url=config.public_url,
            integration_keys=config.integration_keys(),
            addresses=config.choices.people,
            atlas={name: Atlas(self._http, told) for name, told in self._told_back.items()},
            keptn={name: Keptn(self._http, asking) for name, asking in self._asking.items()},
        )  # fmt: skip

    def _account(self, one: Account) -> PagerDuty:
        return PagerDuty(
            self._http, url=one.urls.rest, token=one.token, gate=PagerDutyGate(), system="account",
            answered=lambda: over("account"),
        )  # fmt: skip

    def _slack(self) -> Slack:
        config = self._config
        seal = Seal((*config.slack_signing_secrets, config.slack_bot_token))
        return Slack(self.web_client(config.slack_bot_token), self._slack_gate, seal, lambda: over("slack"))


def _slack_gate(minute: float) -> SlackGate:
    def waited(method: str, seconds: float) -> None:
        GATE_WAIT.labels(method).observe(seconds)

    return SlackGate(minute=minute, patience=PATIENCE * minute / 60, waited=waited)
