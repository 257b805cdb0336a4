import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.simulator.faults import SWITCHES, Faults, answer
from bot.simulator.news import News

pytestmark = pytest.mark.anyio


@pytest.fixture
async def edge() -> AsyncIterator[tuple[Faults, str, list[str]]]:
    """A server whose one route passes through the faults: the faults, its address, and what was done."""
    faults, done = Faults(), list[str]()

    async def act() -> web.Response:
        done.append("acted")
        return web.json_response({"ok": True})

    async def route(request: web.Request) -> web.StreamResponse:
        return await answer(faults, f"{request.match_info['api']}:call", request, act)

    app = web.Application()
    app.router.add_post("/{api}", route)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield faults, f"http://127.0.0.1:{runner.addresses[0][1]}", done
    await runner.cleanup()


async def called(url: str) -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        return response.status, await response.text(), dict(response.headers)


async def test_without_faults_every_call_acts_and_is_logged(edge: tuple[Faults, str, list[str]]) -> None:
    faults, url, done = edge
    assert (await called(f"{url}/slack"))[:2] == (200, '{"ok": true}')
    assert done == ["acted"]
    assert [(call.name, call.outcome) for call in faults.log] == [("slack:call", "ok")]


async def test_a_refusal_answers_in_the_words_of_each_vendor_and_does_nothing(
    edge: tuple[Faults, str, list[str]],
) -> None:
    faults, url, done = edge
    faults.add("*", status=429, retry_after=7)
    status, body, headers = await called(f"{url}/slack")
    assert (status, body, headers["Retry-After"]) == (429, '{"ok": false, "error": "ratelimited"}', "7")
    assert '"message"' in (await called(f"{url}/pagerduty"))[1]
    assert done == []


async def test_a_slack_error_comes_with_status_200(edge: tuple[Faults, str, list[str]]) -> None:
    faults, url, _ = edge
    faults.add("slack:*", error="fatal_error")
    assert (await called(f"{url}/slack"))[:2] == (200, '{"ok": false, "error": "fatal_error"}')


@pytest.mark.parametrize(("what", "acted"), [("down", []), ("lost_reply", ["acted"])])
async def test_a_cut_connection_gives_no_answer(
    edge: tuple[Faults, str, list[str]], what: str, acted: list[str]
) -> None:
    faults, url, done = edge
    faults.add("slack:*", **{what: True})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await called(f"{url}/slack")
    assert done == acted


async def test_a_fault_skips_then_hits_as_often_as_it_was_told(edge: tuple[Faults, str, list[str]]) -> None:
    faults, url, _ = edge
    faults.add("slack:call", status=500, skip=1, times=2)
    assert [(await called(f"{url}/slack"))[0] for _ in range(4)] == [200, 500, 500, 200]


async def test_delays_add_up_and_leave_the_outcome_to_another_fault() -> None:
    faults = Faults()
    faults.add("slack:*", latency=0.2)
    faults.add("slack:*", latency=0.3)
    refused = faults.add("slack:chat.*", garbage=True)
    hit = faults.hit("slack:chat.postMessage")
    assert (hit.latency, hit.garbage) == (0.5, True)
    faults.remove(refused)
    assert faults.hit("slack:chat.postMessage").outcome == "slow"
    assert [call.outcome for call in faults.calls("slack:chat.*")] == ["garbage", "slow"]


async def test_every_switch_goes_on_and_off() -> None:
    faults = Faults()
    for name in SWITCHES:
        faults.switch(name, True)
    assert faults.switched() == set(SWITCHES)
    assert faults.hit("pagerduty:GET /incidents").status == 503
    faults.switch("pagerduty-down", False)
    assert faults.hit("pagerduty:GET /incidents").outcome == "ok"
    faults.clear()
    assert (faults.switched(), faults.active) == (set(), [])


async def test_news_reaches_every_listener_and_gathers_while_nobody_listens() -> None:
    news = News()
    first, second = news.changes(), news.changes()
    waiting = [asyncio.ensure_future(anext(each)) for each in (first, second)]
    await asyncio.sleep(0)
    news.publish("slack")
    news.publish("slack")
    assert [await each for each in waiting] == [frozenset({"slack"})] * 2
    news.publish("slack")
    news.publish("pagerduty")
    assert await anext(first) == {"slack", "pagerduty"}
    await first.aclose()
    await second.aclose()
