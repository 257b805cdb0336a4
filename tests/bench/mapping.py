"""Signals mapped per second, by each adapter and by a generic mapping of eight fields, beside reading the same JSON."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.source import SourceSettings, Verification
from bot.sources import ADAPTERS, Adapter, Received
from tests.bench.figure import Figure, Scale
from tests.bench.machine import quiet

LEAST = 1_000.0  # signals a second
MAP = {
    "action": {"from": "body.state", "values": {"ok": "resolve", "failed": "trigger"}, "default": "ignore"},
    "dedup_key": "backup:{{ body.host }}", "summary": "Backup {{ body.state }} on {{ body.host }}",
    "severity": {"from": "body.level", "values": {"E": "error", "W": "warning"}, "default": "error"},
    "source": "{{ body.host }}", "component": "{{ body.job }}", "group": "{{ body.site | lower }}",
    "class": "backup",
}  # fmt: skip
BODY = json.dumps(
    {"state": "failed", "host": "db1", "level": "W", "job": "nightly", "site": "North", "id": 7, "log": "x" * 400}
).encode()


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    await quiet(scale.patience)
    seconds = scale.seconds / 10
    return [figure for adapter in ADAPTERS.values() if (figure := _figure(adapter, seconds)) is not None]


def _figure(adapter: Adapter, seconds: float) -> Figure | None:
    """None for one that has no samples of its own."""
    options = {"map": MAP} if adapter.name == "generic" else {}
    signals = adapter.mapper(SourceSettings("bench", adapter.name, Verification(none=True), options=options))
    requests = [Received(body, headers, datetime.now(UTC)) for body, headers in _requests(adapter)]
    if not requests:
        return None
    mapped = _per_second(lambda: sum(len(signals(one)) for one in requests), seconds)
    floor = _per_second(lambda: sum(_read(one.body) for one in requests), seconds)
    name = "a generic mapping of eight fields" if adapter.name == "generic" else adapter.name
    return Figure(f"mapping, {name}; floor: its JSON read", mapped, "/s", LEAST, at_least=True, floor=floor)


def _requests(adapter: Adapter) -> Iterator[tuple[bytes, dict[str, str]]]:
    if adapter.name == "generic":
        yield BODY, {"content-type": "application/json"}
    yield from ((sample.body, dict(sample.headers)) for sample in adapter.samples)


def _read(body: bytes) -> int:
    """One that is no JSON is no less work to look at."""
    try:
        json.loads(body)
    except ValueError:
        return 1
    return 1


def _per_second(work: Callable[[], int], seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not done:
        done += work()
    return done / took if took else float(done)
