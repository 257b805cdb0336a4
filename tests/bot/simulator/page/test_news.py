"""Server-sent events: the page hears that something changed, without asking."""

import asyncio

import aiohttp
import pytest

from bot.simulator import Simulator

pytestmark = pytest.mark.anyio


async def test_a_change_is_heard_at_once(simulator: Simulator) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{simulator.url}/page/news") as stream:
        assert stream.content_type == "text/event-stream"
        assert await _event(stream) == "[]"
        await simulator.pagerduty.trigger("Down")
        assert await _event(stream) == '["pagerduty"]'
        await simulator.slack.say("alice", "incidents", "hello")
        assert await _event(stream) == '["slack"]'


async def _event(stream: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(5):
        async for line in stream.content:
            if line.startswith(b"data: "):
                return line.decode()[6:].strip()
    raise AssertionError("the stream ended")
