"""Keptn's API, as far as approvals need it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.approval import Question
from bot.domain.errors import Refused, Unavailable
from bot.domain.source import Approvals
from bot.keptn import Ended, Keptn
from bot.outbound import trusted
from tests import keptn as pretended
from tests.bot.sources.keptn_events import approval

pytestmark = pytest.mark.anyio
QUESTION = Question(asked="question-1", context="c0ffee", project="shop", stage="production", service="carts")


@pytest.fixture
async def theirs() -> AsyncIterator[pretended.Keptn]:
    async with pretended.pretended() as there:
        yield there


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=trusted(), trust_env=False) as client:
        yield client


def ours(http: httpx.AsyncClient, url: str, token: str = pretended.TOKEN) -> Keptn:
    return Keptn(http, Approvals(url, token, "#releases"))


async def test_what_is_answered_waits_no_more_and_is_known_for_ours(
    http: httpx.AsyncClient, theirs: pretended.Keptn
) -> None:
    keptn = ours(http, theirs.url)
    theirs.asks(approval())
    assert await keptn.is_waiting(QUESTION)
    assert await keptn.ended(QUESTION) is None
    await keptn.answer(QUESTION, approved=True, key="k1", message="approved by Bob in Slack")
    assert not await keptn.is_waiting(QUESTION)
    assert await keptn.ended(QUESTION) == Ended(approved=True, is_ours=True)
    assert (theirs.taken[0]["id"], theirs.taken[0]["specversion"]) == ("k1", "1.0")


async def test_an_answer_given_twice_ends_it_once(http: httpx.AsyncClient, theirs: pretended.Keptn) -> None:
    theirs.asks(approval())
    for _ in range(2):
        await ours(http, theirs.url).answer(QUESTION, approved=True, key="k1", message="")
    assert len(theirs.ended) == 1


async def test_what_the_bridge_ended_is_not_ours(http: httpx.AsyncClient, theirs: pretended.Keptn) -> None:
    theirs.asks(approval())
    theirs.ends("question-1", "fail")
    assert await ours(http, theirs.url).ended(QUESTION) == Ended(approved=False, is_ours=False)


async def test_time_helps_while_keptn_is_away_and_a_lost_answer_may_have_arrived(
    http: httpx.AsyncClient, theirs: pretended.Keptn
) -> None:
    theirs.asks(approval())
    theirs.down = True
    with pytest.raises(Unavailable, match="503"):
        await ours(http, theirs.url).is_waiting(QUESTION)
    theirs.down, theirs.forgets = False, True
    with pytest.raises(Unavailable) as lost:
        await ours(http, theirs.url).answer(QUESTION, approved=True, key="k1", message="")
    assert lost.value.reached
    with pytest.raises(Unavailable) as unreachable:
        await ours(http, "http://127.0.0.1:9/api").is_waiting(QUESTION)
    assert not unreachable.value.reached


async def test_what_keptn_refuses_is_said_in_its_words_without_the_token(
    http: httpx.AsyncClient, theirs: pretended.Keptn
) -> None:
    theirs.refusal = (400, f"I was sent {pretended.TOKEN}, which is\nodd {'x' * 500}")
    with pytest.raises(Refused, match="Keptn answered 400: I was sent …, which is odd x") as refusal:
        await ours(http, theirs.url).answer(QUESTION, approved=True, key="k1", message="")
    assert len(str(refusal.value)) < 300
    with pytest.raises(Refused, match="unauthorized for invalid credentials: check the token under write_back"):
        await ours(http, theirs.url, token="wrong").is_waiting(QUESTION)


async def test_a_page_that_is_no_api_is_not_taken_for_one(http: httpx.AsyncClient, theirs: pretended.Keptn) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, html="<h1>Bridge</h1>")))
    async with client:
        with pytest.raises(Refused, match=r"write_back\.url"):
            await ours(client, "https://keptn.example.com").is_waiting(QUESTION)
    with pytest.raises(Refused, match="404"):
        await ours(http, theirs.url.removesuffix("/api")).is_waiting(QUESTION)


@pytest.mark.parametrize("told", [{"events": None}, {"events": []}])
async def test_nothing_is_what_keptn_has_where_it_says_so(told: dict[str, object]) -> None:
    """Older ones say null."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=told))) as client:
        keptn = ours(client, "https://keptn.example.com/api")
        assert not await keptn.is_waiting(QUESTION)
        assert await keptn.ended(QUESTION) is None


async def test_of_several_answers_the_first_ended_it_though_the_newest_is_told_first() -> None:
    told = [
        {"triggeredid": "question-1", "time": "2026-03-02T09:00:02Z", "source": "muster", "data": {"result": "pass"}},
        {"triggeredid": "question-1", "time": "2026-03-02T09:00:01Z", "source": "bridge", "data": {"result": "fail"}},
    ]
    answer = httpx.Response(200, json={"events": told})
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as client:
        ended = await ours(client, "https://keptn.example.com/api").ended(QUESTION)
    assert ended == Ended(approved=False, is_ours=False)


async def test_what_cannot_be_sent_is_refused(http: httpx.AsyncClient) -> None:
    with pytest.raises(Refused, match="cannot be sent"):
        await ours(http, "http://127.0.0.1:1/api", token="schlüssel").is_waiting(QUESTION)
