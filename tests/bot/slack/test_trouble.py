"""What the client makes of refusals, silences and nonsense."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.domain.errors import Refused, Unavailable
from bot.simulator import credentials
from bot.simulator.simulator import Simulator
from bot.simulator.slack.tokens import ResponseUrl
from bot.slack.client import Slack
from bot.slack.views.lines import line
from tests.bot.slack.conftest import slack_at

pytestmark = pytest.mark.anyio
POST = "slack:chat.postMessage"


async def trouble(call: Awaitable[object]) -> Unavailable:
    with pytest.raises(Unavailable) as found:
        await call
    assert credentials.SLACK_BOT_TOKEN not in str(found.value)
    return found.value


async def test_a_429_closes_the_method_for_everybody_for_as_long_as_slack_says(
    world: Simulator, slack: Slack, room: str
) -> None:
    world.faults.add(POST, status=429, retry_after=7, times=1)
    first = await trouble(slack.post(room, line("a"), key="a"))
    assert (first.retry_after, first.reached) == (7, False)
    second = await trouble(slack.post("C0INCIDENTS", line("b"), key="b"))
    assert second.retry_after == pytest.approx(7, abs=0.5)
    assert not second.reached
    assert len(world.faults.calls(POST)) == 1
    await slack.set_topic(room, "another method goes on")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_may_have_done_its_work(world: Simulator, slack: Slack, room: str, status: int) -> None:
    world.faults.add(POST, status=status, times=1)
    assert (await trouble(slack.post(room, line("a"), key="a"))).reached


async def test_a_lost_reply_may_have_done_its_work_and_can_be_looked_for(
    world: Simulator, slack: Slack, room: str
) -> None:
    world.faults.add(POST, lost_reply=True, times=1)
    assert (await trouble(slack.post(room, line("a"), key="a"))).reached
    assert len(world.faults.calls(POST)) == 1  # and was not repeated behind our back
    assert await slack.posted(room, "a") is not None


async def test_no_answer_in_time_may_have_done_its_work(world: Simulator, slack: Slack, room: str) -> None:
    world.faults.add(POST, latency=1.2, times=1)
    assert (await trouble(slack.post(room, line("a"), key="a"))).reached


async def test_where_nobody_listens_nothing_was_done(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    slack = slack_at(f"http://127.0.0.1:{unused_tcp_port}/api/", session)
    assert not (await trouble(slack.identity())).reached
    assert not (await trouble(slack.respond(f"http://127.0.0.1:{unused_tcp_port}/r", line("a")))).reached


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("internal_error", True), ("fatal_error", True), ("service_unavailable", True), ("request_timeout", True),
        ("ratelimited", False), ("rate_limited", False), ("message_limit_exceeded", False),
        ("team_added_to_org", False), ("external_channel_migrating", False),
    ],
)  # fmt: skip
async def test_some_refusals_pass_with_time(
    world: Simulator, slack: Slack, room: str, code: str, reached: bool
) -> None:
    world.faults.add(POST, error=code, times=1)
    assert (await trouble(slack.post(room, line("a"), key="a"))).reached is reached


async def test_other_refusals_do_not(world: Simulator, slack: Slack, room: str) -> None:
    world.faults.add(POST, error="is_archived", times=1)
    with pytest.raises(Refused) as refusal:
        await slack.post(room, line("a"), key="a")
    assert refusal.value.code == "is_archived"


ANSWERS: dict[str, Callable[[], web.Response]] = {
    "a page": lambda: web.Response(text="<html>down</html>", content_type="text/html"),
    "plain text": lambda: web.Response(text="down for maintenance"),
    "a JSON list": lambda: web.json_response([]),
    "a JSON list with things in it": lambda: web.json_response(["ok"]),
    "a JSON text": lambda: web.json_response("ok"),
    "nothing": lambda: web.Response(body=b"", content_type="application/json"),
    "half of an answer": lambda: web.Response(body=b'{"ok": tr', content_type="application/json"),
    "no text at all": lambda: web.Response(body=b'{"ok": "\xff\xfe"}', content_type="application/json"),
    "a page that says 404": lambda: web.Response(status=404, text="<html></html>", content_type="text/html"),
    "a redirect to nowhere": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_nonsense_is_taken_for_trouble_on_slacks_side(
    session: aiohttp.ClientSession, answer: Callable[[], web.Response]
) -> None:
    async with answering(answer) as url:
        await trouble(slack_at(f"{url}/api/", session).identity())


async def test_a_429_without_a_time_closes_for_a_while(session: aiohttp.ClientSession) -> None:
    async with answering(lambda: web.Response(status=429, text="slow down", content_type="text/html")) as url:
        slack = slack_at(f"{url}/api/", session)
        assert (await trouble(slack.identity())).retry_after == 10
        assert (await trouble(slack.identity())).retry_after == pytest.approx(10, abs=0.5)


async def test_a_response_url_answers_one_person_five_times(world: Simulator, slack: Slack) -> None:
    url = world.slack.workspace.responses.issue(ResponseUrl("U0ALICE", "C0GENERAL"))
    for _ in range(5):
        await slack.respond(url, line("for you"))
    assert {heard.user for heard in world.slack.ephemerals} == {"U0ALICE"}
    with pytest.raises(Refused) as refusal:
        await slack.respond(url, line("for you"))
    assert refusal.value.code == "used_url"


async def test_a_response_can_replace_what_was_pressed(world: Simulator, slack: Slack, room: str) -> None:
    ts = await slack.post(room, line("before"), key="a")
    url = world.slack.workspace.responses.issue(ResponseUrl("U0ALICE", room, ts))
    await slack.respond(url, line("after"), replace=True)
    message = world.slack.channels[room].message(ts)
    assert message is not None
    assert message.text == "after"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/hook", "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x", "https://hooks.slack.com:8443/x", "file:///etc/passwd", "",
        "http://127.0.0.1:1/slack/response/x", "http://[",
    ],
)  # fmt: skip
async def test_nobody_but_slack_is_answered(slack: Slack, url: str) -> None:
    with pytest.raises(Refused) as refusal:
        await slack.respond(url, line("secret"))
    assert refusal.value.code == "not_slack"


@pytest.mark.parametrize(("status", "reached"), [(429, False), (503, True)])
async def test_a_response_that_fails_for_now_can_be_repeated(
    world: Simulator, slack: Slack, status: int, reached: bool
) -> None:
    url = world.slack.workspace.responses.issue(ResponseUrl("U0ALICE", "C0GENERAL"))
    world.faults.add("slack:response_url", status=status, retry_after=3)
    assert (await trouble(slack.respond(url, line("for you")))).reached is reached


@asynccontextmanager
async def answering(answer: Callable[[], web.Response]) -> AsyncIterator[str]:
    """A server that says the same whatever it is asked."""

    async def say(request: web.Request) -> web.Response:
        return answer()

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", say)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
