"""Deliveries taken per second, and how long PagerDuty waits for its 202."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.simulator import Simulator
from tests import postgres
from tests.bench.figure import Figure, Scale, percentile
from tests.bench.machine import cpu_seconds, quiet
from tests.bench.mapping import MAP
from tests.bench.processes import Served, answer_of, muster, server
from tests.bench.requests import TOKEN
from tests.databases import postgres_database

SHARE_OF_FLOOR = 0.5
P99 = 10.0  # milliseconds


@dataclass(frozen=True)
class Load:
    """`cpu` is what the server burnt for each delivery, in microseconds: what neighbours disturb least."""

    per_second: float
    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True)
class Sender:
    """`name`, of tests.bench.requests, sends what the figures call `title`; `sources` are described to the bot."""

    name: str
    title: str
    sources: Mapping[str, Any] = field(default_factory=dict)


PAGERDUTY = Sender("pagerduty", "intake")
GENERIC = Sender("generic", "/in/generic", {
    "generic": {"adapter": "generic", "verify": {"bearer": TOKEN}, "map": MAP, "per_minute": 10_000_000},
})  # fmt: skip


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    return await _measure(PAGERDUTY, scale, folder)


async def measure_generic(scale: Scale, folder: Path) -> list[Figure]:
    """Each request is an alert of its own, with no route, so that nothing is owed for it."""
    return await _measure(GENERIC, scale, folder)


async def _measure(sender: Sender, scale: Scale, folder: Path) -> list[Figure]:
    figures = await _on("SQLite", sender, scale, folder, str(folder / "floor.db"), {})
    if not scale.postgres:
        return figures
    try:
        with postgres.server() as there, postgres_database(there) as floor, postgres_database(there) as url:
            return figures + await _on("Postgres", sender, scale, folder, floor, {"DATABASE_URL": url})
    except postgres.NoPostgres:
        return figures


async def _on(
    database: str, sender: Sender, scale: Scale, folder: Path, floor_url: str, environ: dict[str, str]
) -> list[Figure]:
    async with server("tests.bench.bare", floor_url, log=folder / "floor.log") as bare:
        floor = await _load(bare, sender.name, scale)
    async with Simulator() as simulator, muster(simulator, folder, sender.sources, **environ) as bot:
        found = await _load(bot, sender.name, scale)
    share, name = floor.per_second * SHARE_OF_FLOOR, f"{sender.title}, {database}"
    return [
        Figure(name, found.per_second, "/s", share, at_least=True, floor=floor.per_second),
        Figure(f"{name}: CPU for each, its reading included", found.cpu, "µs", floor=floor.cpu),
        Figure(f"{name}: 202 after, p50", found.p50, "ms", floor=floor.p50),
        Figure(f"{name}: 202 after, p99", found.p99, "ms", P99, floor=floor.p99),
    ]


async def _load(served: Served, sender: str, scale: Scale) -> Load:
    client = ("tests.bench.client", served.url, sender, str(scale.at_once), "--seconds", str(scale.seconds))
    await quiet(scale.patience)
    before = cpu_seconds(served.pid)
    heard = await answer_of(*client)
    burnt = cpu_seconds(served.pid) - before
    if set(heard["statuses"]) != {"202"}:
        raise RuntimeError(f"answered {heard['statuses']}")
    waits = heard["milliseconds"]
    cpu = burnt / sum(heard["statuses"].values()) * 1e6
    return Load(len(waits) / heard["seconds"], percentile(waits, 50), percentile(waits, 99), cpu)
