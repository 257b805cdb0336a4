"""Sends away who has reached us and says nothing, and lets strangers wait, or go, when they are many."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

PATIENCE = 5.0  # seconds to say the first request; PagerDuty and Slack have given up by then
LOOK_EVERY = 1.0  # seconds
STRANGERS = 1_000  # refusals in a second that are said at once; more are a flood
WAIT = 0.5  # seconds each stranger of a flood waits for the refusal, so that others are served meanwhile
MOST = 4_096  # connections; proxies and vendors have a few dozen


@dataclass
class Guest:
    """`since`: when they connected, began to speak or were answered, whichever was last. `asks`: what is being
    handled."""

    since: float
    heard: bool = False
    refused: bool = False
    asks: web.Request | None = None

    @property
    def is_served(self) -> bool:
        """Who has not said it all yet is only talking."""
        return self.asks is not None and self.asks.content.is_eof()


class Doorkeeper:
    """aiohttp waits for the first request for ever; for the next ones, and for bodies, others keep the time."""

    def __init__(self, descriptors: int = 2 * MOST) -> None:
        """`descriptors`: what the process may have open; half of it is for whatever else it does."""
        self._most = min(MOST, descriptors // 2)
        self._guests: defaultdict[web.RequestHandler, Guest] = defaultdict(lambda: Guest(_now()))
        self._stopping = asyncio.Event()
        self._second, self._refused = 0, 0

    def middleware(self) -> Middleware:
        @web.middleware
        async def hear(request: web.Request, handler: Handler) -> web.StreamResponse:
            guest = self._guests[request.protocol]
            guest.since, guest.heard, guest.refused, guest.asks = _now(), True, False, request
            try:
                response = await handler(request)
            except web.HTTPException as refusal:
                response = refusal
            finally:
                guest.since, guest.asks = _now(), None
            await self._hold_back(guest, response.status)
            if isinstance(response, web.HTTPException):
                raise response
            return response

        return hear

    async def run(self, server: web.Server) -> None:
        """Until told to stop."""
        while not self._stopping.is_set():
            self._look(server, _now())
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stopping.set()

    def make_room(self, server: web.Server) -> None:
        """For one more. Those who were refused go first, then who has been quiet for longest; several at once, since
        to look at all of them for each newcomer would be dear."""
        if len(server.connections) < self._most or len(there := _there(server)) < self._most:
            return
        idle = [one for one in there if not self._guests[one].is_served]
        idle.sort(key=lambda one: (not self._guests[one].refused, self._guests[one].since))
        for one in idle[: len(there) - self._most + 1 + self._most // 16]:
            _send_away(one)

    async def _hold_back(self, guest: Guest, status: int) -> None:
        """A connection says one thing after another, so who waits for an answer sends nothing more. Who is to be sent
        away meanwhile, to make room, is sent away without one."""
        guest.refused = 400 <= status < 500
        second = int(_now())
        if second != self._second:
            self._second, self._refused = second, 0
        self._refused += guest.refused
        if guest.refused and self._refused > STRANGERS:
            await asyncio.sleep(WAIT)

    def _look(self, server: web.Server, now: float) -> None:
        there = _there(server)
        for one in self._guests.keys() - there:
            del self._guests[one]
        for one in there:
            if not self._guests[one].heard and now - self._guests[one].since >= PATIENCE:
                _send_away(one)


def _there(server: web.Server) -> list[web.RequestHandler]:
    """Who was sent away has no transport, and is counted until aiohttp has noticed."""
    return [one for one in server.connections if one.transport is not None]


def _send_away(one: web.RequestHandler) -> None:
    if one.transport is not None:
        one.transport.abort()  # closing would wait until they have read what was said to them
    one.force_close()


def _now() -> float:
    return asyncio.get_running_loop().time()
