"""Each way a system outside can ail is counted under its name, and said once."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot import trouble
from bot.domain.errors import Refused, Trouble, Unavailable
from bot.metrics import REGISTRY
from bot.outbound import trusted
from bot.pagerduty.events import EventsApi
from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty
from tests.bot.doors import serving

pytestmark = pytest.mark.anyio


def counted(system: str, cause: str) -> float:
    return REGISTRY.get_sample_value("muster_trouble_total", {"system": system, "cause": cause}) or 0.0


def test_a_trouble_is_counted_each_time_and_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    failure, before = Unavailable("no answer", trouble=Trouble("events", "silent")), counted("events", "silent")
    trouble._said.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            trouble.note(failure)
        trouble.note(Refused("channel_not_found"))
    assert counted("events", "silent") == before + 3
    assert caplog.messages == ["events is silent: no answer"]


async def answered(status: int, text: str = "{}") -> AsyncIterator[httpx.AsyncClient]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    async with serving([web.route("*", "/{path:.*}", answer)]) as client:
        yield client


CAUSES = [(503, "{}", "failing"), (429, "{}", "limited"), (200, "<html>", "garbage"), (401, "{}", "credentials")]


@pytest.mark.parametrize(("status", "text", "cause"), CAUSES)
async def test_what_pagerduty_answers_names_the_cause(status: int, text: str, cause: str) -> None:
    async for http in answered(status, text):
        pagerduty = PagerDuty(http, url=str(http.base_url), token="t", gate=Gate())
        with pytest.raises((Refused, Unavailable)) as failure:
            await pagerduty.incident("Q1")
        assert failure.value.trouble == Trouble("pagerduty", cause)  # type: ignore[arg-type]
        if status != 401:  # the Events API knows no such answer
            with pytest.raises((Refused, Unavailable)) as failure:
                await EventsApi(http, url=str(http.base_url)).enqueue("key", "resolve", dedup_key="k")
            assert failure.value.trouble == Trouble("events", cause)  # type: ignore[arg-type]


async def test_where_nobody_listens_it_is_unreachable() -> None:
    async with httpx.AsyncClient(verify=trusted(), trust_env=False) as http:
        pagerduty = PagerDuty(http, url="http://127.0.0.1:9", token="t", gate=Gate())
        with pytest.raises(Unavailable) as failure:
            await pagerduty.incident("Q1")
    assert failure.value.trouble == Trouble("pagerduty", "unreachable")
