"""A pretended PagerDuty, listening, with a bot that keeps what it is sent and answers as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from bot.outbound import trusted
from bot.simulator.credentials import PAGERDUTY_API_TOKEN
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty import PagerDuty
from bot.simulator.pagerduty.webhooks import Retries

ALICE, BOB, CAROL = "alice@example.com", "bob@example.com", "carol@example.com"


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes
    event: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.event["event_type"])


@dataclass
class PretendedBot:
    """Answers 202, or what stands first in `answers` (a status, or None to cut the connection), once `awake` is set."""

    url: str | None = None
    received: list[Received] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    async def webhook(self, request: web.Request) -> web.Response:
        body, event = await request.read(), (await request.json())["event"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers, body, event))
        await self.awake.wait()
        answer = self.answers.pop(0) if self.answers else 202
        if answer is None and request.transport:
            request.transport.abort()
        return web.Response(status=answer or 500)

    @property
    def types(self) -> list[str]:
        return [each.type.removeprefix("incident.") for each in self.received]


@dataclass
class World:
    pagerduty: PagerDuty
    bot: PretendedBot
    faults: Faults
    client: httpx.AsyncClient
    url: str

    async def call(self, method: str, path: str, body: Any = None, by: str | None = ALICE, **query: Any) -> Any:
        """One REST call as a bot makes it; the JSON answered."""
        return (await self.response(method, path, body, by, **query)).json()

    async def response(
        self, method: str, path: str, body: Any = None, by: str | None = ALICE, **query: Any
    ) -> httpx.Response:
        headers = {"From": by} if by else {}
        return await self.client.request(method, "/pagerduty" + path, json=body, params=query or None, headers=headers)

    async def event(self, **event: Any) -> httpx.Response:
        """To the Events API, with Checkout's key unless another is given."""
        key = self.pagerduty.service("Checkout").integrations[0].key
        return await self.client.post("/events/v2/enqueue", json={"routing_key": key, **event})


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    bot, faults = PretendedBot(), Faults()
    bot.awake.set()
    retries = Retries(tries=4, first=0.01, longest=0.02)
    pagerduty = PagerDuty(faults, News(), bot_url=lambda: bot.url, retries=retries)
    app = web.Application()
    app.add_routes([web.post("/bot/pagerduty/webhook", bot.webhook), *pagerduty.routes()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    bot.url = url + "/bot"
    await pagerduty.start(url)
    always = {"Authorization": f"Token token={PAGERDUTY_API_TOKEN}", "Content-Type": "application/json"}
    try:
        async with httpx.AsyncClient(base_url=url, headers=always, verify=trusted(), trust_env=False) as client:
            yield World(pagerduty, bot, faults, client, url)
    finally:
        await pagerduty.stop()
        await runner.cleanup()
