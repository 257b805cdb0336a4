"""What every door does first: takes no more than it can hold, waits no longer than it can, answers its own troubles."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot.domain.errors import Unavailable
from bot.entrance import gate
from bot.entrance.gate import LARGEST, guarded, raw_body
from tests.bot.doors import raw, serving

pytestmark = pytest.mark.anyio
HEAD = b"POST /echo HTTP/1.1\r\nHost: muster\r\n"


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await raw_body(request))


async def away(request: web.Request) -> web.Response:
    raise Unavailable("the disk is full, and /secret/path says so")


async def buggy(request: web.Request) -> web.Response:
    raise KeyError("secret words")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    doors = {"/echo": echo, "/away": away, "/buggy": buggy}
    async with serving([web.post(path, guarded(path, door)) for path, door in doors.items()]) as client:
        yield client


@pytest.mark.parametrize("size", [0, 1, LARGEST])
async def test_a_body_comes_as_it_was_sent(client: httpx.AsyncClient, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert (await client.post("/echo", content=body)).content == body


async def test_too_much_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/echo", content=b"x" * (LARGEST + 1))).status_code == 413


async def test_what_announces_too_much_is_refused_before_any_of_it_is_read(client: httpx.AsyncClient) -> None:
    assert await raw(client, HEAD + b"Content-Length: 10000000000\r\n\r\n") == 413


async def test_chunks_are_refused_as_soon_as_they_are_too_much(client: httpx.AsyncClient) -> None:
    """The sender has not finished, and never will."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert await raw(client, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * 9)) == 413


@pytest.mark.parametrize(
    "start", [b"Content-Length: 9\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
)
async def test_a_body_that_never_ends_is_not_waited_for(
    client: httpx.AsyncClient, start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SLOWEST", 0.05)
    assert await raw(client, HEAD + start) == 408


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
NO_CHUNKS = [b"zz\r\nhi\r\n", b"-1\r\n", b"4\r\nhalfXX\r\n", b"4\r\nhalf\r\n;\r\n"]


@pytest.mark.parametrize("bad", NO_CHUNKS)
async def test_chunks_that_are_none_are_refused_at_once(client: httpx.AsyncClient, bad: bytes) -> None:
    """Whether they come with the headers, or when the door waits for them already."""
    assert await raw(client, CHUNKED + b"\r\n" + bad, within=gate.SLOWEST / 2) == 400
    assert await waited_for(client, CHUNKED, bad) == b"400"


async def test_a_slow_body_is_no_broken_one(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LOOK_EVERY", 0.0)
    assert await waited_for(client, CHUNKED, b"4\r\nha", b"lf\r\n", b"0\r\n\r\n" + HEAD + b"\r\n") == b"200"


async def waited_for(client: httpx.AsyncClient, head: bytes, *parts: bytes) -> bytes:
    """The status of the answer to `parts`, sent once the door has asked for the body."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(head + b"Expect: 100-continue\r\n\r\n")
    async with asyncio.timeout(gate.SLOWEST / 2):
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        for part in parts:
            writer.write(part)
            await writer.drain()
        answer = await reader.readuntil(b"\r\n")
    writer.transport.abort()
    return answer.split()[1]


async def test_a_compressed_body_is_not_blown_up(client: httpx.AsyncClient) -> None:
    """Signatures are over the bytes as sent; and 1 MB of zeros is 1 kB when compressed."""
    answer = await client.post("/echo", content=b"\x1f\x8bnot really", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, b"\x1f\x8bnot really")


@pytest.mark.parametrize("path", ["/away", "/buggy"])
async def test_our_own_trouble_asks_for_a_repeat_and_gives_nothing_away(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text


async def test_a_sender_who_leaves_half_way_is_no_fault_of_ours(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(HEAD + b"Content-Length: 9\r\n\r\nhalf")
    await writer.drain()
    writer.transport.abort()
    assert (await client.post("/echo", content=b"next")).content == b"next"
    assert "bug" not in caplog.text
