"""The pretended outside world: one server with Slack, PagerDuty and a page to watch and drive both."""

from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.simulator import page
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty import PagerDuty
from bot.simulator.slack import Slack

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes; more than either vendor takes in one request."""


class Simulator:
    """Pretended Slack and PagerDuty for one bot at `bot_url` (e.g. "http://127.0.0.1:3000").

    `bot_url` may be set later: deliveries read it when they are sent.
    """

    def __init__(
        self, *, bot_url: str | None = None, slack: Slack | None = None, pagerduty: PagerDuty | None = None
    ) -> None:
        self.bot_url = bot_url
        self.url = ""
        self.faults = slack.faults if slack else Faults()
        self.news = slack.news if slack else News()
        self.slack = slack or Slack(self.faults, self.news, bot_url=lambda: self.bot_url)
        self.pagerduty = pagerduty or PagerDuty(self.faults, self.news, bot_url=lambda: self.bot_url)
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. `url` says where."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_unheard])
        app.add_routes([*self.slack.routes(), *self.pagerduty.routes(), *page.routes(self)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        await self.slack.start(self.url)
        await self.pagerduty.start(self.url)

    async def stop(self) -> None:
        """Stops deliveries, then listening. Stopping twice is harmless."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        await self.slack.stop()
        await self.pagerduty.stop()
        await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


@web.middleware
async def _unheard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A caller who was killed while it spoke hears no answer, and the log needs no traceback of it."""
    try:
        return await handler(request)
    except ConnectionError:
        return web.Response(status=400)
