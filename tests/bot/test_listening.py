"""Whoever the system has let in gets an answer, also while the door is closing."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.entrance.listening import Listening

pytestmark = pytest.mark.anyio
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


def application() -> web.Application:
    app = web.Application()
    app.add_routes([web.get("/", hello)])
    return app


@pytest.fixture
async def listening() -> AsyncIterator[tuple[Listening, int]]:
    there = Listening(application())
    url = await there.open("127.0.0.1", 0)
    yield there, int(url.rpartition(":")[2])
    await there.close()


async def test_those_who_wait_to_be_accepted_are_answered_when_it_closes(listening: tuple[Listening, int]) -> None:
    """Connected by the kernel, their request sent, and the loop has not looked once since."""
    there, port = listening
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for one in waiting:
        one.sendall(REQUEST)
    await there.close()
    for one in waiting:
        one.settimeout(3)
        assert one.recv(100).startswith(b"HTTP/1.1 200")
        one.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


async def test_one_who_is_connected_and_has_not_spoken_yet_is_heard(listening: tuple[Listening, int]) -> None:
    there, port = listening
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    closing = asyncio.create_task(there.close())
    await asyncio.sleep(0)
    writer.write(REQUEST)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 3)
    assert head.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in head
    writer.close()
    await writer.wait_closed()
    await closing


async def test_one_who_was_answered_and_stays_connected_is_heard_once_more(listening: tuple[Listening, int]) -> None:
    """As vendors and load balancers do, who keep connections for what comes next."""
    there, port = listening
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    assert b"Connection: close" not in await asyncio.wait_for(reader.readuntil(b"hello"), 3)
    closing = asyncio.create_task(there.close())
    await asyncio.sleep(0)
    writer.write(REQUEST)
    assert b"Connection: close" in await asyncio.wait_for(reader.read(), 3)
    writer.close()
    await writer.wait_closed()
    await closing


async def test_a_socket_that_another_holds_too_refuses_nobody_between_two_of_us() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=16) as held:
        port = held.getsockname()[1]
        first, second = Listening(application()), Listening(application())
        await first.open("", 0, socket.dup(held.fileno()))
        await first.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        assert await second.open("", 0, socket.dup(held.fileno()))
        assert (await asyncio.wait_for(reader.readline(), 3)).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
        await second.close()
