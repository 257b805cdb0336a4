"""The tests that stand beside a mapping in muster.yaml, tried whenever it is read: `body`, `headers`, `expect`."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.signal import Signal
from bot.sources.adapter import Received, Sample, Unmapped

AT = datetime(2026, 1, 1, tzinfo=UTC)
KNOWN = frozenset({"name", "body", "headers", "expect"})
Map = Callable[[Received], Sequence[Signal]]


def passed(told: Any, signals: Map) -> int:
    """How many there are; Misuse names the first that fails, and what came instead."""
    tests = [] if told is None else told
    if not isinstance(tests, list):
        raise Misuse("tests: must be a list of {body, expect}")
    for nth, test in enumerate(tests):
        _try(test, f"tests[{nth}]", signals)
    return len(tests)


def samples(told: Any) -> tuple[Sample, ...]:
    """What the operator wrote to try the mapping with, as if it were sent."""
    there = [test for test in told if isinstance(test, Mapping)] if isinstance(told, list) else []
    tried = [(str(test.get("name") or f"tests[{nth}]"), _received(test)) for nth, test in enumerate(there)]
    return tuple(Sample(name, received.body, received.headers) for name, received in tried)


def _try(test: Any, place: str, signals: Map) -> None:
    if not isinstance(test, Mapping) or set(test) - KNOWN or not {"body", "expect"} <= set(test):
        raise Misuse(f"{place}: must have body and expect, and may have name and headers")
    place = f"{place} ({test['name']})" if test.get("name") else place
    wanted = test["expect"] if isinstance(test["expect"], list) else [test["expect"]]
    try:
        found = signals(_received(test))
    except Unmapped as complaint:
        raise Misuse(f"{place}: cannot be mapped: {complaint}") from complaint
    if len(found) != len(wanted):
        raise Misuse(f"{place}: gives {len(found)} signals, and {len(wanted)} are expected")
    for nth, (signal, expected) in enumerate(zip(found, wanted, strict=True)):
        _compare(signal, expected, place if len(wanted) == 1 else f"{place}, signal {nth + 1}")


def _received(test: Mapping[str, Any]) -> Received:
    told = test["body"]
    headers = {str(name).lower(): str(value) for name, value in (test.get("headers") or {}).items()}
    body = told if isinstance(told, str) else json.dumps(told, default=str)
    return Received(body.encode("utf-8", "replace"), headers, AT)


def _compare(signal: Signal, expected: Any, place: str) -> None:
    if not isinstance(expected, Mapping):
        raise Misuse(f"{place}: expect must name members and their values")
    there = {name.rstrip("_"): value for name, value in json.loads(json.dumps(asdict(signal))).items()}
    for name, wanted in expected.items():
        if name not in there:
            raise Misuse(f"{place}: a signal has no member {name}")
        if there[name] != wanted and not (wanted is None and there[name] in ("", [], {})):
            raise Misuse(f"{place}: {name} is {there[name]!r}, and {wanted!r} is expected")
