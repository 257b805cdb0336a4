"""A bot that does what it is told and remembers what it was asked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from aiohttp import web


class Asked(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def payload(self) -> dict[str, Any]:
        """An interaction's payload, or an event's body."""
        loaded: dict[str, Any] = json.loads(self.fields["payload"] if self.body.startswith(b"payload=") else self.body)
        return loaded


class Listener:
    """Answers with `reply` (status, text) and keeps `asked`; `pause` is an event it waits for, when there is one."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: list[tuple[int, str]] = []
        self.reply = (200, "")
        self.headers: dict[str, str] = {}
        self.pause: asyncio.Event | None = None
        self.meanwhile: Callable[[Asked], Awaitable[None]] | None = None
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/slack/events", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        asked = Asked(dict(request.headers), await request.read())
        self.asked.append(asked)
        if self.pause is not None:
            await self.pause.wait()
        if self.meanwhile is not None:
            await self.meanwhile(asked)
        status, text = self.replies.pop(0) if self.replies else self.reply
        kind = "application/json" if text.startswith("{") else "text/plain"
        return web.Response(status=status, text=text, content_type=kind, headers=self.headers)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The inner events of that kind that came."""
        told = [each.payload for each in self.asked if each.body.startswith(b"{")]
        return [each["event"] for each in told if each.get("event", {}).get("type") == kind]
