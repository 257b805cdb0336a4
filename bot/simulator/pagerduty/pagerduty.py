"""The pretended PagerDuty: an account, the doors to it, and the webhooks out of it."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.simulator.credentials import PAGERDUTY_WEBHOOK_SECRET
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty.account import Account, ChangeEvent
from bot.simulator.pagerduty.automation import Automation
from bot.simulator.pagerduty.delivery import Delivery
from bot.simulator.pagerduty.directory import EscalationPolicy, Priority, Service, Team, User
from bot.simulator.pagerduty.events_api import EventsApi
from bot.simulator.pagerduty.incident import Incident
from bot.simulator.pagerduty.rest.gate import Gate
from bot.simulator.pagerduty.seed import SUBSCRIPTION_ID, seeded
from bot.simulator.pagerduty.subscriptions import Subscription
from bot.simulator.pagerduty.webhooks import Retries, Webhooks

WEBHOOK_PATH = "/pagerduty/webhook"
_SITE = "/{folder:incidents|services|users|teams|escalation_policies|alerts}/{rest:.+}"


class PagerDuty(Automation):
    """`bot_url()` is asked at each delivery of the seeded subscription; None means that nobody listens yet."""

    def __init__(
        self,
        faults: Faults,
        news: News,
        *,
        bot_url: Callable[[], str | None],
        account: Account | None = None,
        retries: Retries | None = None,
    ) -> None:
        super().__init__(account or seeded(), news)
        self._bot_url = bot_url
        self.webhooks = Webhooks(faults, news, retries or Retries())
        self.subscriptions.append(Subscription(self._webhook_url, [PAGERDUTY_WEBHOOK_SECRET], id=SUBSCRIPTION_ID))
        self._gate = Gate(self.account, self.subscriptions, faults, news)
        self._events_api = EventsApi(self.account, faults, news)
        self._alarms: set[asyncio.TimerHandle] = set()
        self.account.tell, self.account.later = self.webhooks.tell, self._later

    @property
    def users(self) -> list[User]:
        return self.account.users

    @property
    def teams(self) -> list[Team]:
        return self.account.teams

    @property
    def services(self) -> list[Service]:
        return self.account.services

    @property
    def escalation_policies(self) -> list[EscalationPolicy]:
        return self.account.escalation_policies

    @property
    def priorities(self) -> list[Priority]:
        """Most severe first."""
        return self.account.priorities

    @property
    def incidents(self) -> list[Incident]:
        """Oldest first."""
        return self.account.incidents

    @property
    def change_events(self) -> list[ChangeEvent]:
        """In the order they came."""
        return self.account.change_events

    @property
    def subscriptions(self) -> list[Subscription]:
        return self.webhooks.subscriptions

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook, oldest first, with what the bot answered."""
        return self.webhooks.deliveries

    @property
    def limits(self) -> bool:
        """Whether REST and the Events API refuse with 429 whoever calls too often."""
        return self._gate.limits

    @limits.setter
    def limits(self, on: bool) -> None:
        self._gate.limits = self._events_api.limits = on

    def routes(self) -> list[web.RouteDef]:
        """REST below /pagerduty, events below /events, and the website's addresses, which lead to the page."""
        return [web.get(_SITE, _to_the_page), *self._events_api.routes(), *self._gate.routes()]

    async def start(self, base_url: str) -> None:
        """`base_url` is where the routes are served; links in answers and webhooks begin with it."""
        self.account.links.root = base_url
        await self.webhooks.start()

    async def stop(self) -> None:
        """Webhooks that are under way are forgotten."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        await self.webhooks.stop()

    async def settled(self, within: float = 5) -> None:
        """Waits until no webhook is under way or soon to come; TimeoutError after `within` seconds."""
        deadline = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(deadline):
            while not self.webhooks.idle or self._expects_by(deadline):
                await asyncio.sleep(0.005)

    def _expects_by(self, deadline: float) -> bool:
        return any(alarm.when() <= deadline for alarm in self._alarms)

    def _later(self, delay: float, act: Callable[[], None]) -> None:
        def ring() -> None:
            self._alarms.discard(alarm)
            act()

        alarm = asyncio.get_running_loop().call_later(delay, ring)
        self._alarms.add(alarm)

    def _webhook_url(self) -> str | None:
        url = self._bot_url()
        return url.rstrip("/") + WEBHOOK_PATH if url else None


async def _to_the_page(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/#{request.path}")
