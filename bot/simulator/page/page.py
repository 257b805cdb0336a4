"""The page's own small API: its files, one snapshot of everything, news of changes, and things to do."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from bot.simulator.page.actions import act
from bot.simulator.page.asked import Asked, Impossible
from bot.simulator.page.guard import HEADERS, check_host, check_origin
from bot.simulator.page.pagerduty_snapshot import pagerduty_snapshot
from bot.simulator.page.slack_snapshot import slack_snapshot
from bot.simulator.page.switches import switches
from bot.simulator.page.world import Json, World

FILES = Path(__file__).parent
LEFT_UNNOTICED = 0.2
"""Seconds: aiohttp does not tell a handler that its browser left, so it has to look."""
SERVED = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def routes(simulator: World) -> list[web.RouteDef]:
    """What a `Simulator` mounts at "/" and "/page/…"."""
    door = Door(simulator)
    return [
        web.get("/", door.index),
        web.get("/page/files/{name}", door.file),
        web.get("/page/state", door.state),
        web.get("/page/news", door.news),
        web.post("/page/act/{action}", door.act),
    ]


class Door:
    """Answers the browser; nobody else's page may ask."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def index(self, request: web.Request) -> web.StreamResponse:
        check_host(request, self._world.url)
        return _file("index.html", "text/html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A script, a style or a picture of the package; nothing else in its folder is to be had."""
        name = request.match_info["name"]
        kind = SERVED.get(Path(name).suffix)
        if kind is None or name != Path(name).name or not (FILES / name).is_file():
            raise web.HTTPNotFound(headers=HEADERS)
        return _file(name, kind)

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Everything `user` would see, with the messages of one `channel` and the log of one `incident`."""
        check_host(request, self._world.url)
        asked = request.query
        try:
            slack = slack_snapshot(self._world.slack, asked.get("user", ""), asked.get("channel", ""))
        except KeyError as error:
            raise web.HTTPNotFound(text=str(error.args[0]), headers=HEADERS) from error
        body: Json = {"bot": self._world.bot_url, "slack": slack, "switches": switches(self._world.faults)}
        body["pagerduty"] = pagerduty_snapshot(self._world.pagerduty, asked.get("incident", ""))
        return web.json_response(body, headers=HEADERS)

    async def news(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one, with the topics as data, whenever something changed."""
        check_host(request, self._world.url)
        stream = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        telling = asyncio.create_task(self._tell(stream))
        try:
            while request.transport is not None and not telling.done():
                await asyncio.wait({telling}, timeout=LEFT_UNNOTICED)
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling
        return stream

    async def _tell(self, stream: web.StreamResponse) -> None:
        changes = self._world.news.changes()
        try:
            await stream.write(b"retry: 1000\ndata: []\n\n")
            async for topics in changes:
                await stream.write(f"data: {json.dumps(sorted(topics))}\n\n".encode())
        finally:
            await changes.aclose()

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Does one thing; 400 with a sentence when it cannot be done."""
        check_host(request, self._world.url)
        check_origin(request)
        try:
            done = await act(self._world, request.match_info["action"], await _asked(request))
        except Impossible as reason:
            return web.json_response({"error": str(reason)}, status=400, headers=HEADERS)
        return web.json_response(done, headers=HEADERS)


async def _asked(request: web.Request) -> Asked:
    try:
        return Asked(await request.json())
    except ValueError as error:
        raise Impossible("The request is not JSON.") from error


def _file(name: str, kind: str) -> web.Response:
    return web.Response(body=(FILES / name).read_bytes(), content_type=kind, charset="utf-8", headers=HEADERS)
