"""Mallory at the gate: every forged and malformed request there is a name for, at every endpoint, and mutations of
genuine ones. Each gets the right status, leaves no row that should not be, and costs at most 512 bytes of log.

`python -m tests.promises.gate --full` sends 100,000 mutations to each database.
"""

import asyncio
import gzip
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from bot.entrance.gate import LARGEST
from bot.simulator import credentials
from bot.simulator.slack.model import APP_ID, TEAM_ID
from tests.bot.doors import pagerdutys, slacks, told
from tests.promises.gate_house import House, a_house, shown
from tests.promises.gate_line import Answer, Line, request
from tests.promises.gate_mutations import mutated_and_signed, mutated_and_unsigned

PAGERDUTY, SLACK = "/pagerduty/webhook", "/slack/events"
ELSEWHERE = {"/livez": 405, "/readyz": 405, "/metrics": 405, "/": 404, "/in/x": 404, "/v2/enqueue": 400,
             "/v2/change/enqueue": 400, "/..%2fslack/events": 404, "/slack/events/": 404,
             "//slack/events": 404}  # fmt: skip
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MOST_LOGGED = 512  # bytes a request
SMALL, FULL = 1_200, 100_000  # mutations

COMMAND = {
    "command": "/incident", "text": "resolve INC-1", "user_id": "U0ALICE", "channel_id": "C0GENERAL",
    "trigger_id": "1.2",
    "team_id": TEAM_ID, "api_app_id": APP_ID,
}  # fmt: skip
SHAPES: dict[str, bytes] = {
    "nothing": b"", "broken JSON": b'{"event":', "deep JSON": b'{"a":' * 100_000, "deep brackets": b"[" * 200_000,
    "a list": b"[]", "a scalar": b"7", "null": b"null", "no UTF-8": b"\xff\xfe\x00{", "payload broken": b"payload=%7B",
    "payload is a list": b"payload=[]", "payload twice": b"payload=%7B%7D&payload=%7B%7D",
    "gzip bomb": gzip.compress(b"0" * 10**7),
    "names twice": b'{"type":"x","type":"y"}', "many fields": b"a=1&" * 50_000, "a genuine page": told("FORGED"),
    "a genuine command": urlencode(COMMAND).encode(),
    "a challenge": b'{"type":"url_verification","challenge":"x"}', "a huge number": b'{"n":' + b"9" * 10_000 + b"}",
}  # fmt: skip
Headers = Mapping[str, str | bytes]
FORGED: dict[str, Callable[[bytes], Headers]] = {
    "no signature": lambda body: {},
    "empty": lambda body: {"X-PagerDuty-Signature": "", "X-Slack-Signature": "", "X-Slack-Request-Timestamp": ""},
    "wrong secret": lambda body: {**pagerdutys(body, "mallorys"), **slacks(body, secret="mallorys")},
    "of another body": lambda body: {**_pagerdutys(body + b" "), **_slacks(body + b" ")},
    "another version": lambda body: _changed(body, "v1=", "v2=", "v0=", "v9="),
    "upper case": lambda body: {name: value.upper() for name, value in _both(body).items()},
    "truncated": lambda body: {name: value[:-1] for name, value in _both(body).items()},
    "no text": lambda body: {name: value.encode() + b"\xff\xfe" for name, value in _both(body).items()},
    "hundreds": lambda body: {"X-PagerDuty-Signature": ",".join(["v1=" + "0" * 64] * 100)},
    "too old": lambda body: _slacks(body, age=301),
    "of tomorrow": lambda body: _slacks(body, age=-310),
    **{
        f"time is {stamp[:9]!r}": lambda body, stamp=stamp: {**_slacks(body), "X-Slack-Request-Timestamp": stamp}  # type: ignore[misc]
        for stamp in ("", "now", "9" * 5000, "-1", f"{time.time()}", "²", "１７", "1e9", "0x10")
    },
}  # fmt: skip


def _pagerdutys(body: bytes) -> dict[str, str]:
    return pagerdutys(body, credentials.PAGERDUTY_WEBHOOK_SECRET)


def _slacks(body: bytes, *, age: float = 0, kind: str = JSON) -> dict[str, str]:
    return slacks(body, secret=credentials.SLACK_SIGNING_SECRET, age=age, kind=kind)


def _both(body: bytes) -> dict[str, str]:
    return {name: value for name, value in {**_pagerdutys(body), **_slacks(body)}.items() if "Signature" in name}


def _changed(body: bytes, *pairs: str) -> dict[str, str]:
    swaps = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return {name: swaps[value[:3]] + value[3:] for name, value in _both(body).items()}


class Case(NamedTuple):
    name: str
    sent: tuple[bytes, ...]
    answers: frozenset[int]  # 0: closed without one
    keeps: int = 0  # deliveries
    alone: bool = False  # on a connection of its own


def unsigned() -> Iterator[Case]:
    """Every forgery of every shape, at both doors; every shape everywhere else."""
    for forgery, headers in FORGED.items():
        for shape, body in SHAPES.items():
            for path in (PAGERDUTY, SLACK):
                sent = request(path, {"Content-Type": JSON, **headers(body)}, body)
                yield Case(f"{forgery}, {shape}, {path}", (sent,), frozenset({401}))
    for path, status in ELSEWHERE.items():
        for shape, body in SHAPES.items():
            yield Case(f"{shape}, {path}", (request(path, _both(body), body),), frozenset({status}))
    for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        for path in (PAGERDUTY, SLACK):
            yield Case(f"{method} {path}", (request(path, {}, b"", method=method),), frozenset({405}))
    check = b"token=x&ssl_check=1"
    yield Case("Slack's check of the certificate", (request(SLACK, {"Content-Type": FORM}, check),), frozenset({200}))


def framed() -> Iterator[Case]:
    """What is no proper HTTP."""
    for path in (PAGERDUTY, SLACK):
        head = f"POST {path} HTTP/1.1\r\nHost: muster\r\n".encode()
        chunked, chunk = b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        refused, too_much = frozenset({400}), frozenset({413})
        yield Case(
            f"two ways to tell the length {path}", (head + chunked + b"Content-Length: 4\r\n\r\n0\r\n\r\n",), refused
        )
        yield Case(f"two lengths {path}", (head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",), refused)
        yield Case(f"a length below nothing {path}", (head + b"Content-Length: -1\r\n\r\n",), refused)
        yield Case(f"a length in words {path}", (head + b"Content-Length: ten\r\n\r\n",), refused)
        yield Case(f"an endless line of chunks {path}", (head + chunked + b"\r\n", *([chunk] * 9)), too_much)
        yield Case(f"a chunk of no size {path}", (head + chunked + b"\r\nzz\r\nxx\r\n",), refused)
        yield Case(f"10 MB announced {path}", (head + b"Content-Length: 10485760\r\n\r\n",), too_much)
        yield Case(f"more than fits {path}", (request(path, {}, b"x" * (LARGEST + 1)),), too_much)
        yield Case(
            f"a header of 64 kB {path}", (request(path, {"X-Long": "x" * 65536}, b""),), frozenset({400, 431, 0})
        )
        yield Case(f"ten thousand headers {path}", (head + b"X: y\r\n" * 10_000 + b"\r\n",), frozenset({400, 431, 0}))
        yield Case(f"a header with NUL {path}", (head + b"X-Slack-Signature: v0=\0\r\n\r\n",), refused)
        signatures = {"X-PagerDuty-Signature": ",".join(["v1=0"] * 10_000)}
        yield Case(f"ten thousand signatures {path}", (request(path, signatures, b""),), frozenset({400, 431, 0}))
        yield Case(f"a name with a blank {path}", (head + b"X Y: z\r\n\r\n",), refused)
    for name, raw in {
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400) + b"\r\n\r\n", "no HTTP": b"hello\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/9": b"GET / HTTP/9.9\r\n\r\n",
        "a long address": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n\r\n", "NUL": b"GET /\0 HTTP/1.1\r\n\r\n",
    }.items():  # fmt: skip
        yield Case(name, (raw,), frozenset({400, 404, 405, 414, 0}))


def signed() -> Iterator[Case]:
    """Signed by PagerDuty: 202 and kept whatever it is. Signed by Slack and of no shape, or for others: refused."""
    for shape, body in SHAPES.items():
        yield Case(f"signed {shape} {PAGERDUTY}", (request(PAGERDUTY, _pagerdutys(body), body),), frozenset({202}), 1)
        if not body.startswith((b"command", b'{"type":"url')):
            kind = FORM if body.startswith((b"payload", b"a=1")) else JSON
            yield Case(f"signed {shape} {SLACK}", (request(SLACK, _slacks(body, kind=kind), body),), frozenset({400}))
    rotated = told("ROTATED")
    header = f"v1=00, v2=x,, {_pagerdutys(rotated)['X-PagerDuty-Signature']} ,v1="
    yield Case(
        "a good one among bad ones",
        (request(PAGERDUTY, {"X-PagerDuty-Signature": header}, rotated),),
        frozenset({202}),
        1,
    )
    yield Case(
        "the same again",
        (request(PAGERDUTY, {**_pagerdutys(rotated), "X-Webhook-Id": "2"}, rotated),),
        frozenset({202}),
    )
    for name, body in {"names twice": _twice(told("TWICE")), "long ago": told("OLD").replace(b"2026", b"1999")}.items():
        yield Case(f"PagerDuty, {name}", (request(PAGERDUTY, _pagerdutys(body), body),), frozenset({202}), 1)
    bomb, packed = SHAPES["gzip bomb"] + b" ", {"Content-Encoding": "gzip"}  # never unpacked, wherever it is
    yield Case("a signed bomb", (request(PAGERDUTY, {**packed, **_pagerdutys(bomb)}, bomb),), frozenset({202}), 1)
    yield Case("a bomb for Slack", (request(SLACK, {**packed, **_slacks(bomb)}, bomb),), frozenset({400, 415}))
    for name, foreign in FOREIGN.items():
        body = urlencode({**COMMAND, **foreign}).encode()
        yield Case(f"signed, of another {name}", (request(SLACK, _slacks(body, kind=FORM), body),), frozenset({403}))
    challenge = SHAPES["a challenge"]
    yield Case("a signed challenge", (request(SLACK, _slacks(challenge), challenge),), frozenset({200}))
    twice = urlencode(COMMAND).encode() + b"&user_id=U0BOB"
    yield Case("a command with two users", (request(SLACK, _slacks(twice, kind=FORM), twice),), frozenset({400}))


FOREIGN = {"workspace": {"team_id": "T0OTHER"}, "app": {"api_app_id": "A0OTHER"}}


def _twice(body: bytes) -> bytes:
    return body.replace(b'"event": {', b'"event": {"id": "OTHER", ', 1)


async def figure(database_url: str, full: bool) -> list[str]:
    async with a_house(database_url) as house, Line(house.port) as line:
        wrong, cases = [], [*unsigned(), *(case._replace(alone=True) for case in framed())]
        wrong += [problem for case in cases if (problem := await _tried(house, line, case))]
        wrong += await _slow_ones(house)
        if any(house.rows().values()):
            wrong.append(f"what nobody signed left rows: {house.rows()}")
        line.hang_up()
        genuine = list(signed())
        wrong += [problem for case in genuine if (problem := await _tried(house, line, case))]
        wrong += await _kept_with_complaints(house, sum(case.keeps for case in genuine))
        mutations = FULL if full else SMALL
        wrong += await _mutations(house, line, mutations)
        print(
            f"gate: {len(cases) + len(genuine)} forged and malformed requests and {mutations} mutations,"
            f" {len(wrong)} with a wrong status, a row, a 5xx, a traceback or more than {MOST_LOGGED} bytes of log"
        )
        return wrong


async def _tried(house: House, line: Line, case: Case) -> str:
    before = house.log_size
    if case.alone:
        line.hang_up()
    answer = await line.ask(*case.sent)
    logged = house.log_size - before
    if answer.status not in case.answers:
        return f"{case.name}: {answer.status}, not {sorted(case.answers)}"
    return f"{case.name}: {logged} bytes of log" if logged > MOST_LOGGED else ""


async def _slow_ones(house: House) -> list[str]:
    """Five hundred who say half of what they have to say, and then nothing, while others are served."""
    halves = [b"POST /slack/events HTTP/1.1\r\nHost: mus", request(SLACK, {}, b"x" * 99)[:-50]]
    lines = [Line(house.port) for _ in range(500)]
    waiting = [asyncio.create_task(line.ask(halves[nth % 2], within=15.0)) for nth, line in enumerate(lines)]
    body = told("BESIDE THE SLOW").replace(b"event", b"e")
    started = time.perf_counter()
    async with Line(house.port) as line:
        answer = await line.ask(request(PAGERDUTY, {}, body))
    took = time.perf_counter() - started
    found = {one.status for one in await asyncio.gather(*waiting)}
    for one in lines:
        one.hang_up()
    wrong = [] if found <= {0, 408} else [f"slow ones: {found}"]
    return wrong + (
        [] if answer.status == 401 and took < 3 else [f"beside slow ones: {answer.status} after {took:.1f} s"]
    )


async def _kept_with_complaints(house: House, keeps: int) -> list[str]:
    await house.all_read()
    complaints = [one.complaint or "" for one in await house.not_understood()]
    wrong = [] if house.rows()["inbox"] == keeps else [f"{house.rows()['inbox']} deliveries kept, not {keeps}"]
    return wrong + ([] if any("twice" in one for one in complaints) else ["no complaint of a name that stands twice"])


async def _mutations(house: House, line: Line, count: int) -> list[str]:
    """Half of them not signed: each is refused, none leaves a row. The others are signed after they were changed."""
    kept, wrong = house.rows(), []
    for case in mutated_and_unsigned(count // 2):
        problem = await _tried(house, line, Case(case.name, (case.sent,), case.answers))
        wrong += [problem] if problem else []
    if house.rows() != kept:
        wrong.append(f"mutations that nobody signed left rows: {kept} became {house.rows()}")
    logged = house.log_size
    for case in mutated_and_signed(count - count // 2):
        answer: Answer = await line.ask(case.sent)
        wrong += [] if answer.status in case.answers else [f"{case.name}: {answer.status}"]
    await house.all_read(within=120.0)
    if house.log_size - logged > MOST_LOGGED * (count - count // 2):
        wrong.append(f"{house.log_size - logged} bytes of log")
    return wrong + (["a traceback in the log"] if "Traceback" in house.log else [])


def main() -> int:
    return shown("gate", figure)


if __name__ == "__main__":
    sys.exit(main())
