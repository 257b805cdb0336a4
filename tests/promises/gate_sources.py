"""Mallory at the doors of sources: every way to prove who one is, forged in every way there is a name for.

What is not proved gets 401 and leaves nothing; what is proved gets 202 and is kept, whatever it holds.
`python -m tests.promises.gate_sources --full` sends 10,000 mutations of proved requests to each database.
"""

import base64
import hmac
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.receiving.inbound import LARGEST
from tests.promises.gate import MOST_LOGGED, SHAPES, Case, _tried
from tests.promises.gate_house import House, a_house, shown
from tests.promises.gate_line import Line, request

SECRET, OTHERS = "s3cret-of-the-source", "mallorys"
SMALL, FULL = 300, 10_000
Headers = dict[str, str]
Prove = Callable[[bytes, str], tuple[str, Headers]]
"""What of a body and a secret goes into the address, behind the `?`, and into the headers."""


def _signed(body: bytes, secret: str, kind: str) -> bytes:
    return hmac.new(secret.encode(), body, kind).digest()


def _timed(body: bytes, secret: str, age: float = 0) -> Headers:
    stamp = str(int(time.time() - age))
    signed = _signed(stamp.encode() + b"." + body, secret, "sha256").hex()
    return {"X-Signature": f"v1={signed}", "X-Timestamp": stamp}


PROOFS: dict[str, tuple[dict[str, Any], Prove]] = {
    "bearer": ({"bearer": SECRET}, lambda _, secret: ("", {"Authorization": f"Bearer {secret}"})),
    "basic": (
        {"basic": f"apica:{SECRET}"},
        lambda _, secret: (
            "", {"Authorization": "Basic " + base64.b64encode(f"apica:{secret}".encode()).decode()}
        ),
    ),
    "header": (
        {"header": {"name": "X-Source-Token", "value": SECRET}},
        lambda _, secret: ("", {"X-Source-Token": secret}),
    ),
    "token": ({"token": SECRET}, lambda _, secret: (f"token={secret}", {})),
    "sha1": (
        {"hmac": {"header": "X-MMS-Signature", "algorithm": "sha1", "encoding": "base64", "secret": SECRET}},
        lambda body, secret: ("", {"X-MMS-Signature": base64.b64encode(_signed(body, secret, "sha1")).decode()}),
    ),
    "sha256": (
        {"hmac": {"header": "X-Hub-Signature-256", "prefix": "sha256=", "secret": f"old,{SECRET}"}},
        lambda body, secret: ("", {"X-Hub-Signature-256": f"sha256={_signed(body, secret, 'sha256').hex()}"}),
    ),
    "timed": (
        {"hmac": {"header": "X-Signature", "prefix": "v1=", "timestamp_header": "X-Timestamp", "secret": SECRET}},
        lambda body, secret: ("", _timed(body, secret)),
    ),
    "both": (
        {"bearer": SECRET, "addresses": ["127.0.0.0/8"]},
        lambda _, secret: ("", {"Authorization": f"Bearer {secret}"}),
    ),
}  # fmt: skip
ELSEWHERE = {"bearer": SECRET, "addresses": ["203.0.113.0/24"]}


def configured() -> str:
    sources = {
        name: {"adapter": "events-v2", "verify": verify, "route": {"integration_key": "0" * 32}}
        for name, (verify, _) in {**PROOFS, "elsewhere": (ELSEWHERE, PROOFS["bearer"][1])}.items()
    }
    return yaml.safe_dump({"sources": sources})


def at(name: str, query: str, headers: Mapping[str, str], body: bytes) -> bytes:
    return request(f"/in/{name}" + (f"?{query}" if query else ""), headers, body)


def forged() -> Iterator[Case]:
    refused = frozenset({401})
    for name, (_, prove) in PROOFS.items():
        for shape, body in SHAPES.items():
            query, headers = prove(body, OTHERS)
            yield Case(f"{name}, another's secret, {shape}", (at(name, query, headers, body),), refused)
            yield Case(f"{name}, nothing, {shape}", (at(name, "", {}, body),), refused)
            of_another = prove(body + b" ", SECRET) if name in {"sha1", "sha256", "timed"} else ("", {})
            yield Case(f"{name}, of another body, {shape}", (at(name, *of_another, body),), refused)
        for what, (query, headers) in _spoilt(prove(b"{}", SECRET)).items():
            yield Case(f"{name}, {what}", (at(name, query, headers, b"{}"),), refused)
    for age in (301.0, -310.0):
        yield Case(f"timed, {age} s old", (at("timed", "", _timed(b"{}", SECRET, age), b"{}"),), refused)
    yield Case("from elsewhere", (at("elsewhere", *PROOFS["bearer"][1](b"{}", SECRET), b"{}"),), refused)
    too_much = b"x" * (LARGEST + 1)
    yield Case("too much", (at("bearer", *PROOFS["bearer"][1](b"", SECRET), too_much),), frozenset({413}), alone=True)
    for name in ("nobody", "..%2f..%2fetc", "%00", "A" * 3_000, "bearer%20"):
        yield Case(f"/in/{name[:20]}", (at(name, "", {}, b"{}"),), frozenset({400, 404}), alone=True)


def _spoilt(proof: tuple[str, Headers]) -> dict[str, tuple[str, Headers]]:
    query, headers = proof
    ways: dict[str, Callable[[str], str]] = {
        "empty": lambda value: "", "cut": lambda value: value[:-1], "longer": lambda value: value + "x",
        "twice": lambda value: f"{value}{value}",
    }  # fmt: skip
    return {
        what: (f"token={spoil(query.removeprefix('token='))}" if query else "",
               {name: value if name == "X-Timestamp" else spoil(value) for name, value in headers.items()})
        for what, spoil in ways.items()
    }  # fmt: skip


def proved() -> Iterator[Case]:
    """Each way, each shape: kept, never refused for what it holds."""
    for name, (_, prove) in PROOFS.items():
        for shape, body in SHAPES.items():
            yield Case(f"{name}, proved, {shape}", (at(name, *prove(body, SECRET), body),), frozenset({202}), 1)


def mutated(count: int) -> Iterator[Case]:
    rng, prove = random.Random(7), PROOFS["sha256"][1]
    body = b'{"routing_key":"k","event_action":"trigger","payload":{"summary":"s","source":"h","severity":"error"}}'
    for nth in range(count):
        spoilt = bytearray(body)
        for _ in range(rng.randint(1, 4)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        told = bytes(spoilt)
        yield Case(f"mutation {nth}", (at("sha256", *prove(told, SECRET), told),), frozenset({202}), 1)


async def figure(database_url: str, full: bool) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="muster-gate-") as folder:
        path = Path(folder) / "muster.yaml"
        path.write_text(configured())
        async with a_house(database_url, MUSTER_CONFIG=str(path)) as house, Line(house.port) as line:
            return await _all(house, line, full)


async def _all(house: House, line: Line, full: bool) -> list[str]:
    cases, before = list(forged()), house.rows()
    wrong = [problem for case in cases if (problem := await _tried(house, line, case))]
    if house.rows() != before:
        wrong.append(f"what nobody proved left rows: {house.rows()}")
    line.hang_up()
    genuine = [*proved(), *mutated(FULL if full else SMALL)]
    logged = house.log_size
    for case in genuine:  # they are read, and complained of, later than they are answered
        status = (await line.ask(*case.sent)).status
        wrong += [] if status in case.answers else [f"{case.name}: {status}"]
    await house.all_read(within=300.0 if full else 30.0)
    kept = house.rows()["inbox"] - before["inbox"]
    wrong += [] if kept == len(genuine) else [f"{kept} deliveries kept, not {len(genuine)}"]
    logged = house.log_size - logged
    wrong += [] if logged <= MOST_LOGGED * len(genuine) else [f"{logged} bytes of log"]
    wrong += ["a traceback in the log"] if "Traceback" in house.log else []
    print(
        f"gate of sources: {len(cases)} forged requests and {len(genuine)} proved ones of every shape, {len(wrong)}"
        f" with a wrong status, a row too many or too few, a traceback or more than {MOST_LOGGED} bytes of log"
    )
    return wrong


def main() -> int:
    return shown("gate of sources", figure)


if __name__ == "__main__":
    sys.exit(main())
