"""Who says nothing is sent away, and strangers wait once they are many; whoever is signed does not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot.entrance import doorkeeper
from bot.entrance.doorkeeper import Doorkeeper
from bot.outbound import trusted

pytestmark = pytest.mark.anyio


async def refuse(_: web.Request) -> web.Response:
    return web.Response(status=401)


async def welcome(_: web.Request) -> web.Response:
    return web.Response(status=202)


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    for name, value in {"PATIENCE": 0.1, "LOOK_EVERY": 0.02, "STRANGERS": 3, "WAIT": 0.4}.items():
        monkeypatch.setattr(doorkeeper, name, value)
    keeper = Doorkeeper()
    app = web.Application(middlewares=[keeper.middleware()])
    app.add_routes([web.post("/refused", refuse), web.post("/welcome", welcome)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    assert runner.server
    watch = asyncio.create_task(keeper.run(runner.server))
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx.AsyncClient(base_url=url, verify=trusted(), trust_env=False) as client:
        yield client
    keeper.stop()
    await watch
    await runner.cleanup()


async def test_who_says_nothing_is_sent_away_and_who_has_spoken_may_stay(client: httpx.AsyncClient) -> None:
    await client.post("/welcome")
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(b"POST /welcome HTTP/1.1\r\nHost: mus")
    async with asyncio.timeout(3):
        assert await reader.read() == b""
    writer.close()
    assert (await client.post("/welcome")).status_code == 202


async def test_many_strangers_wait_and_are_answered_in_the_end(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/refused") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {401}


async def test_whoever_is_known_does_not_wait_with_the_strangers(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "WAIT", 60.0)
    strangers = [asyncio.create_task(client.post("/refused")) for _ in range(12)]
    for _ in strangers:
        assert (await client.post("/welcome")).status_code == 202
    at_once = 2 * doorkeeper.STRANGERS  # a new second may begin among them
    assert sum(stranger.done() for stranger in strangers) <= at_once
    for stranger in strangers:
        stranger.cancel()
    await asyncio.gather(*strangers, return_exceptions=True)
