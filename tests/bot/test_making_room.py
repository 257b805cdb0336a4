"""Strangers who stay, or who come again and again, leave room for others; who is being served is not cut off."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.entrance import doorkeeper
from bot.entrance.doorkeeper import Doorkeeper
from bot.entrance.gate import raw_body
from bot.entrance.listening import Listening
from tests.eventually import eventually
from tests.promises.gate_line import Line, request

pytestmark = pytest.mark.anyio
MOST = 8  # connections
STRANGE, KNOWN, SLOW = request("/", {}, b"x"), request("/", {"X-Known": "yes"}, b"x"), request("/slow", {}, b"x")
UNFINISHED = request("/", {"X-Known": "yes"}, b"xx")[:-1]


@dataclass
class House:
    listening: Listening
    port: int
    taken: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connected(self) -> int:
        return len([one for one in self.listening.server.connections if one.transport is not None])


@asynccontextmanager
async def house(keeper: Doorkeeper) -> AsyncIterator[House]:
    async def believe(request: web.Request) -> web.Response:
        await raw_body(request)
        return web.Response(status=202 if "X-Known" in request.headers else 401)

    async def take_time(request: web.Request) -> web.Response:
        await raw_body(request)
        there.taken += 1
        await there.ready.wait()
        return web.Response(status=202)

    app = web.Application(middlewares=[keeper.middleware()])
    app.add_routes([web.post("/", believe), web.post("/slow", take_time)])
    listening = Listening(app, make_room=keeper.make_room)
    url = await listening.open("127.0.0.1", 0)
    there = House(listening, int(url.rpartition(":")[2]))
    yield there
    there.ready.set()
    await listening.close()


@pytest.fixture
async def small() -> AsyncIterator[House]:
    async with house(Doorkeeper(2 * MOST)) as there:
        yield there


@asynccontextmanager
async def strangers(port: int, count: int, said: bytes = STRANGE) -> AsyncIterator[None]:
    """Each has sent this, was answered if it is a request, and stays."""
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(said)
        if said == STRANGE:
            assert b" 401 " in await asyncio.wait_for(reader.readline(), 10)
    try:
        yield
    finally:
        for writer in writers:
            writer.close()


async def known(port: int) -> int:
    async with Line(port) as line:
        return (await line.ask(KNOWN)).status


@pytest.mark.parametrize("said", [b"", STRANGE[:20], UNFINISHED, STRANGE], ids=["nothing", "words", "half", "request"])
async def test_strangers_who_stay_make_room(small: House, said: bytes) -> None:
    async with strangers(small.port, 5 * MOST, said):
        assert await known(small.port) == 202
        await eventually(lambda: small.connected <= MOST)


async def test_strangers_go_before_those_who_are_known(small: House) -> None:
    async with Line(small.port) as line:
        assert (await line.ask(KNOWN)).status == 202
        async with strangers(small.port, 5 * MOST):
            assert (await line.ask(KNOWN)).status == 202


async def test_nobody_is_cut_off_who_is_being_served(small: House) -> None:
    async with contextlib.AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(Line(small.port)) for _ in range(2 * MOST)]
        asked = [asyncio.create_task(line.ask(SLOW, within=60.0)) for line in lines]
        await eventually(lambda: small.taken == 2 * MOST)
        async with strangers(small.port, 5 * MOST):
            assert await known(small.port) == 202
        small.ready.set()
        assert {(await one).status for one in asked} == {202}


async def test_strangers_who_come_again_and_again_make_room_also_while_they_are_held_back(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "STRANGERS", 10)
    monkeypatch.setattr(doorkeeper, "WAIT", 1.0)
    async with flood(small.port) as came:
        for _ in range(20):
            before = len(came)
            # Who has not spoken yet may be displaced by as many newcomers as there is room for, here eight.
            assert 202 in [await known(small.port) for _ in range(5)]
            await eventually(lambda before=before: len(came) > before)  # type: ignore[misc]
        await eventually(lambda: small.connected <= MOST)


@asynccontextmanager
async def flood(port: int) -> AsyncIterator[list[bytes]]:
    """More than there is room for; what they were told."""
    came: list[bytes] = []

    async def come_again() -> None:
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                with contextlib.closing(writer):
                    writer.write(STRANGE)
                    came.append(await reader.read(12))

    those = [asyncio.create_task(come_again()) for _ in range(3 * MOST)]
    try:
        yield came
    finally:
        for one in those:
            one.cancel()
        await asyncio.gather(*those, return_exceptions=True)
