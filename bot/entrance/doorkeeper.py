"""Sends away who has reached us and says nothing, and lets strangers wait when they are many."""

import asyncio
from asyncio import BaseProtocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

PATIENCE = 5.0  # seconds to say the first request; PagerDuty and Slack have given up by then
LOOK_EVERY = 1.0  # seconds
STRANGERS = 1_000  # refusals in a second that are said at once; more are a flood
WAIT = 0.5  # seconds each stranger of a flood waits for the refusal, so that others are served meanwhile


class Doorkeeper:
    """aiohttp waits for the first request for ever; for the next ones, and for bodies, others keep the time."""

    def __init__(self) -> None:
        self._since: dict[BaseProtocol, float] = {}  # who is connected, and when we first saw them
        self._heard: set[BaseProtocol] = set()
        self._stopping = asyncio.Event()
        self._second, self._refused = 0, 0

    def middleware(self) -> Middleware:
        @web.middleware
        async def hear(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._heard.add(request.protocol)
            try:
                response = await handler(request)
            except web.HTTPException as refusal:
                await self._hold_back(refusal.status)
                raise
            await self._hold_back(response.status)
            return response

        return hear

    async def run(self, server: web.Server) -> None:
        """Until told to stop."""
        while not self._stopping.is_set():
            self._look(server, asyncio.get_running_loop().time())
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stopping.set()

    async def _hold_back(self, status: int) -> None:
        """A connection says one thing after another, so who waits for an answer sends nothing more."""
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._refused = second, 0
        self._refused += 400 <= status < 500
        if 400 <= status < 500 and self._refused > STRANGERS:
            await asyncio.sleep(WAIT)

    def _look(self, server: web.Server, now: float) -> None:
        there = list(server.connections)
        self._since = {one: self._since.get(one, now) for one in there}
        self._heard.intersection_update(there)
        for one in there:
            if one not in self._heard and now - self._since[one] >= PATIENCE:
                one.force_close()
