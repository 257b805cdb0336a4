"""What a failed call becomes."""

import asyncio
from typing import Any

import httpx
import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.incident import Status
from bot.outbound import trusted
from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty
from bot.pagerduty.wire import Wire
from tests.bot.pagerduty.pretend import Pretend, incident, ok

pytestmark = pytest.mark.anyio

SHAPES: list[tuple[Any, str, str]] = [
    ({"error": {"message": "Invalid Input", "code": 2001, "errors": ["Too long", "Too wet"]}}, "2001", "long; Too wet"),
    ({"error": {"message": "Invalid Input", "code": 2001, "errors": "Too long"}}, "2001", "Input: Too long"),
    ({"error": ["No such ferry", "No such pier"]}, "400", "No such ferry; No such pier"),
    ({"error": "This key belongs to no user"}, "400", "This key belongs to no user"),
    ({"status": "invalid event", "message": "Odd", "errors": ["'routing_key' missing"]}, "400", "Odd: 'routing_key'"),
    (["Out of order"], "400", "Out of order"),
    ({"error": None}, "400", "400"),
    (None, "400", "400"),
]


async def read(*answers: httpx.Response | Exception) -> Exception:
    with pytest.raises((Refused, Unavailable)) as caught:
        await Pretend(*answers).pagerduty.incident("Q0")
    return caught.value


async def write(*answers: httpx.Response | Exception) -> Exception:
    with pytest.raises((Refused, Unavailable)) as caught:
        await Pretend(*answers).pagerduty.annotate("Q0", "Ahoy", as_email="ingrid@harbour.example")
    return caught.value


@pytest.mark.parametrize(("body", "code", "said"), SHAPES)
async def test_every_shape_of_complaint_is_read(body: Any, code: str, said: str) -> None:
    error = await read(ok(body, 400))
    assert isinstance(error, Refused)
    assert error.code == code
    assert said in str(error)


@pytest.mark.parametrize("content", [b"", b"<html>Bad gateway</html>", b"\xff", b"[" * 100_000])
async def test_a_complaint_that_is_not_json_is_told_by_its_status(content: bytes) -> None:
    error = await read(httpx.Response(404, content=content))
    assert isinstance(error, Refused)
    assert error.code == "404"
    assert "404" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "mend"),
    [
        (401, 2006, "region"),
        (402, 2014, "plan"),
        (403, 2010, "may not"),
        (403, None, "scope"),
        (400, 1008, "same in Slack and in PagerDuty"),
        (302, None, "PAGERDUTY_API_URL"),
    ],
)
async def test_a_refusal_says_how_to_mend_it(status: int, code: int | None, mend: str) -> None:
    error = await read(ok({"error": {"message": "No", "code": code}}, status))
    assert isinstance(error, Refused)
    assert error.code == str(code or status)
    assert mend in str(error)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_what_passes_by_itself_is_unavailable(status: int) -> None:
    reading, writing = await read(httpx.Response(status)), await write(httpx.Response(status))
    assert isinstance(reading, Unavailable)
    assert not reading.reached
    assert isinstance(writing, Unavailable)
    assert writing.reached


async def test_a_rate_limit_has_done_nothing_and_says_how_long() -> None:
    error = await write(httpx.Response(429, headers={"ratelimit-reset": "17"}))
    assert isinstance(error, Unavailable)
    assert error.retry_after == 17
    assert not error.reached


async def test_a_rate_limit_stops_everyone_who_has_the_same_key() -> None:
    gate = Gate()
    first, second = Pretend(httpx.Response(429, headers={"retry-after": "30"}), gate=gate), Pretend(ok({}), gate=gate)
    for pretend in (first, second):
        with pytest.raises(Unavailable):
            await pretend.pagerduty.abilities()
    assert len(first.asked) == 1
    assert second.asked == []


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
)
async def test_a_connection_that_never_stood_has_done_nothing(error: httpx.TransportError) -> None:
    told = await write(error)
    assert isinstance(told, Unavailable)
    assert not told.reached


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("cut"),
        httpx.DecodingError("odd"),
    ],
)
async def test_a_lost_answer_to_a_write_may_have_done_everything(error: httpx.RequestError) -> None:
    writing, reading = await write(error), await read(error)
    assert isinstance(writing, Unavailable)
    assert writing.reached
    assert isinstance(reading, Unavailable)
    assert not reading.reached


@pytest.mark.parametrize("content", [b"<html>Maintenance</html>", b"[]", b'{"note": 5}', b'{"note": {"id": 5}}'])
async def test_an_answer_nobody_can_read_leaves_a_write_in_doubt(content: bytes) -> None:
    error = await write(httpx.Response(200, content=content))
    assert isinstance(error, Unavailable)
    assert error.reached


async def test_a_peer_that_never_finishes_meets_the_deadline() -> None:
    async def endless(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    http = httpx.AsyncClient(transport=httpx.MockTransport(endless))
    with pytest.raises(Unavailable) as caught:
        await Wire(http, "https://api.example.org", deadline=0.02).ask(Gate(), "PUT", "/x", headers={})
    assert caught.value.reached


@pytest.mark.parametrize("url", ["api.example.org", "https://api.example.org:nine", "ftp://api.example.org"])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    async with httpx.AsyncClient(verify=trusted()) as http:
        with pytest.raises(Refused) as caught:
            await PagerDuty(http, url=url, token="y_hl_key", gate=Gate()).abilities()
    assert "address" in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "ключ", "line\nbreak"])
async def test_a_token_that_is_none_is_refused_without_asking(token: str) -> None:
    pretend = Pretend(ok({}), token=token)
    with pytest.raises(Refused, match="PAGERDUTY_API_TOKEN") as caught:
        await pretend.pagerduty.abilities()
    assert caught.value.code == "401"
    assert not token or token not in str(caught.value)
    assert pretend.asked == []


@pytest.mark.parametrize("email", ["", "ingrid", "ingrid@harbour.example\r\nX-Admin: 1", "ингрид@harbour.example"])
async def test_a_sender_that_is_no_address_is_refused_without_asking(email: str) -> None:
    pretend = Pretend(incident())
    with pytest.raises(Refused) as caught:
        await pretend.pagerduty.set_status("Q0", Status.RESOLVED, as_email=email)
    assert caught.value.code == "1008"
    assert pretend.asked == []


@pytest.mark.parametrize("identifier", ["", "..", "a/b", "a?b", "a b", "Q0\n", "é", "../users"])
async def test_an_id_that_could_lead_elsewhere_never_enters_a_path(identifier: str) -> None:
    pretend = Pretend(incident())
    with pytest.raises(Refused):
        await pretend.pagerduty.incident(identifier)
    assert pretend.asked == []


async def test_the_token_never_stands_in_an_error() -> None:
    error = await read(ok({"error": {"message": "bad key y_hl_key given"}}, 401))
    assert "y_hl_key" not in str(error)
    assert "[secret]" in str(error)


async def test_an_endless_complaint_is_cut() -> None:
    assert len(str(await read(ok({"error": "wave " * 10_000}, 400)))) < 400


async def test_a_complaint_can_be_kept_by_any_database() -> None:
    body = b'{"error": {"message": "high \\u0000 tide \\ud800", "code": "2\\u00001"}}'
    error = await read(httpx.Response(400, content=body))
    assert isinstance(error, Refused)
    assert error.code == "21"
    assert str(error) == "PagerDuty answered 400: high  tide ?"
