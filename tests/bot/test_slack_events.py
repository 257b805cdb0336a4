"""Slack's door: what is not Slack's gets 401 whatever its shape, and of no body is a word logged."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.entrance.gate import LARGEST
from bot.speaking import slack_events
from tests.bot.doors import SIGNING, header, raw, serving, slacks

pytestmark = pytest.mark.anyio
PATH, FORM = "/slack/events", "application/x-www-form-urlencoded"
COMMAND = {"command": "/incident", "text": "confidential", "user_id": "U0ALICE", "channel_id": "C1", "team_id": "T1",
    "trigger_id": "1.2"}


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


@pytest.fixture
async def client(heard: list[dict[str, Any]]) -> AsyncIterator[httpx.AsyncClient]:
    """Behind the door stands Bolt as the bot sets it up, with one command that remembers what it was told."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1")

    async def remember(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack("heard")

    app = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)
    app.command("/incident")(remember)
    secrets, ours = (SIGNING, "the-next-secret"), slack_events.Affiliation()
    async with serving(slack_events.routes(app, secrets=secrets, ours=ours)) as client:
        yield client


async def test_what_slack_signed_is_heard_and_answered(
    client: httpx.AsyncClient, heard: list[dict[str, Any]]
) -> None:
    body = urlencode(COMMAND).encode()
    answer = await client.post(PATH, content=body, headers=slacks(body, kind=FORM))
    assert (answer.status_code, answer.text) == (200, "heard")
    assert [told["text"] for told in heard] == ["confidential"]


@pytest.mark.parametrize("secret", [SIGNING, "the-next-secret"])
async def test_either_secret_will_do_while_they_are_rotated(client: httpx.AsyncClient, secret: str) -> None:
    body = urlencode(COMMAND).encode()
    assert (await client.post(PATH, content=body, headers=slacks(body, secret=secret, kind=FORM))).status_code == 200


SHAPES = {
    "nothing": b"", "a command": urlencode(COMMAND).encode(), "no text": b"\xff\xfe\0", "half JSON": b'{"type":',
    "a list": b"[]", "null": b"null", "payload is no JSON": b"payload=%7B", "payload is a list": b"payload=[]",
    "payload twice": b"payload={}&payload={}", "a depth bomb": b'{"a":' * 100_000, "brackets": b"[" * 200_000,
    "a challenge": b'{"type":"url_verification","challenge":"x"}', "many fields": b"a=1&" * 50_000,
    "bad escapes": b"command=%zz%ff&text=%", "a huge number": b'{"n":' + b"9" * 10_000 + b"}",
}  # fmt: skip
KINDS = ["application/json", FORM, "multipart/form-data", "text/plain; charset=nope", ";;;", ""]


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
async def test_what_nobody_signed_is_401_whatever_its_shape(
    client: httpx.AsyncClient, heard: list[dict[str, Any]], body: bytes
) -> None:
    for kind in KINDS:
        assert (await client.post(PATH, content=body, headers={"Content-Type": kind})).status_code == 401, kind
    assert heard == []


BODY = urlencode(COMMAND).encode()
STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
FORGED: dict[str, Callable[[dict[str, str]], Any]] = {  # what becomes of genuine headers
    "wrong secret": lambda _: slacks(BODY, secret="wrong", kind=FORM),
    "too old": lambda _: slacks(BODY, age=301, kind=FORM),
    "from the future": lambda _: slacks(BODY, age=-310, kind=FORM),
    "of another body": lambda _: slacks(b"text=other", kind=FORM),
    "another time": lambda genuine: {**genuine, STAMP: str(int(genuine[STAMP]) - 1)},
    "no time": lambda genuine: {SIGNATURE: genuine[SIGNATURE]},
    "no signature": lambda genuine: {STAMP: genuine[STAMP]},
    "empty signature": lambda genuine: {**genuine, SIGNATURE: ""},
    "another version": lambda genuine: {**genuine, SIGNATURE: genuine[SIGNATURE].replace("v0", "v1")},
    "time is text": lambda genuine: {**genuine, STAMP: "now"},
    "time is negative": lambda genuine: {**genuine, STAMP: "-1"},
    "time is a fraction": lambda genuine: {**genuine, STAMP: genuine[STAMP] + ".0"},
    "time is endless": lambda genuine: {**genuine, STAMP: "9" * 4000},
    "time in other digits": lambda genuine: header(STAMP, "１７".encode(), genuine),
    "superscript time": lambda genuine: header(STAMP, "²".encode(), genuine),
    "signature is no text": lambda genuine: header(SIGNATURE, b"v0=\xff\xfe", genuine),
    "two signatures": lambda genuine: [*genuine.items(), (SIGNATURE, genuine[SIGNATURE])],
    "two times": lambda genuine: [*genuine.items(), (STAMP, genuine[STAMP])],
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_forged_or_stale_is_401(
    client: httpx.AsyncClient, heard: list[dict[str, Any]], name: str
) -> None:
    forged = FORGED[name](slacks(BODY, kind=FORM))
    assert (await client.post(PATH, content=BODY, headers=forged)).status_code == 401
    assert heard == []


@pytest.mark.parametrize("age", [290, -290])
async def test_clocks_may_differ_by_five_minutes(client: httpx.AsyncClient, age: float) -> None:
    assert (await client.post(PATH, content=BODY, headers=slacks(BODY, age=age, kind=FORM))).status_code == 200


async def test_too_large_is_413_signed_or_not(client: httpx.AsyncClient) -> None:
    body = b"x" * (LARGEST + 1)
    for headers in (slacks(body), {}):
        assert (await client.post(PATH, content=body, headers=headers)).status_code == 413
    head = b"POST /slack/events HTTP/1.1\r\nHost: muster\r\nContent-Length: 10485760\r\n\r\n"
    assert await raw(client, head) == 413


async def test_slacks_check_of_the_certificate_is_answered_unsigned(client: httpx.AsyncClient) -> None:
    """https://docs.slack.dev/interactivity/implementing-slash-commands says that it comes so."""
    answer = await client.post(PATH, content=b"token=x&ssl_check=1", headers={"Content-Type": FORM})
    assert (answer.status_code, answer.content) == (200, b"")


CHECK = b"token=x&ssl_check=1"
NO_CHECKS = [
    (CHECK, "application/json"), (CHECK, "text/plain"), (CHECK, "multipart/form-data"), (CHECK, ""),
    (b"ssl_check=0", FORM), (b"text=ssl_check=1", FORM), (CHECK + b"&text=" + b"x" * 5000, FORM),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), NO_CHECKS)
async def test_what_slack_does_not_send_as_its_check_needs_a_signature(
    client: httpx.AsyncClient, heard: list[dict[str, Any]], body: bytes, kind: str
) -> None:
    assert (await client.post(PATH, content=body, headers={"Content-Type": kind})).status_code == 401
    assert heard == []


async def test_slack_hears_its_challenge_when_it_signed_it(client: httpx.AsyncClient) -> None:
    body = b'{"type":"url_verification","challenge":"3eZbrw1a","token":"x"}'
    answer = await client.post(PATH, content=body, headers=slacks(body))
    assert answer.status_code == 200
    assert "3eZbrw1a" in answer.text


@pytest.mark.parametrize("name", ["no text", "half JSON", "a list", "null", "a depth bomb", "brackets", "nothing"])
async def test_signed_but_without_a_sane_shape_is_400(client: httpx.AsyncClient, name: str) -> None:
    body = SHAPES[name]
    assert (await client.post(PATH, content=body, headers=slacks(body))).status_code == 400


@pytest.mark.parametrize("name", ["payload is no JSON", "payload is a list"])
async def test_a_signed_form_whose_payload_is_no_object_is_400(client: httpx.AsyncClient, name: str) -> None:
    body = SHAPES[name]
    assert (await client.post(PATH, content=body, headers=slacks(body, kind=FORM))).status_code == 400


STRANGE = [
    {}, {"type": "event_callback"}, {"event": {"type": 3}}, {"user": "x", "team": 7}, {"payload": {}}, {"team": []},
]  # fmt: skip


@pytest.mark.parametrize("body", STRANGE, ids=json.dumps)
@pytest.mark.parametrize("as_form", [True, False])
async def test_signed_and_strange_is_never_our_mistake(client: httpx.AsyncClient, body: Any, as_form: bool) -> None:
    sent = (urlencode({"payload": json.dumps(body)}) if as_form else json.dumps(body)).encode()
    answer = await client.post(PATH, content=sent, headers=slacks(sent, kind=FORM if as_form else "application/json"))
    assert answer.status_code < 500


@pytest.mark.parametrize("signed", [True, False])
async def test_nothing_of_a_body_is_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, signed: bool
) -> None:
    caplog.set_level(logging.INFO)
    strange = json.dumps({"type": "event_callback", "event": {"type": "x", "text": "confidential"}}).encode()
    for body, kind in ((BODY, FORM), (strange, "application/json")):
        await client.post(PATH, content=body, headers=slacks(body, kind=kind) if signed else {"Content-Type": kind})
    assert "confidential" not in caplog.text


WRONG = [
    {"type": "event_callback", "event_id": "E", "event": []}, {"type": "x", "event": None},
    {"type": "view_closed", "view": None, "user": {"id": "U1"}}, {"type": "view_submission", "view": None},
    {"type": "block_actions", "actions": [None]},
    {"type": "shortcut", "user": {"id": "U1"}, "trigger_id": "1.1", "callback_id": "c", "team": "<!channel>"},
    {"type": "shortcut", "user": {"id": "U1"}, "trigger_id": "1.1", "callback_id": "c", "message": {"ts": 1}},
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG, ids=json.dumps)
async def test_deeply_wrong_shapes_are_400_without_a_traceback(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, body: Any
) -> None:
    sent = json.dumps(body).encode()
    assert (await client.post(PATH, content=sent, headers=slacks(sent))).status_code == 400
    assert "Traceback" not in caplog.text


async def test_a_wrong_signing_secret_is_said_in_the_log_once_a_minute(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    body = urlencode(COMMAND).encode()
    for _ in range(3):
        await client.post(PATH, content=body, headers=slacks(body, secret="wrong", kind=FORM))
        await client.post(PATH, content=body)
    said = [line for line in caplog.messages if line.startswith("refused: ")]
    assert ["check SLACK_SIGNING_SECRET" in line for line in said] == [True, False]
    assert "without a signature" in said[1]
