"""Deliveries taken per second, and how long PagerDuty waits for its 202."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.simulator import Simulator
from tests import postgres
from tests.bench.figure import Figure, Scale, percentile
from tests.bench.machine import cpu_seconds, quiet
from tests.bench.processes import Served, answer_of, muster, server
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


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    figures = await _on("SQLite", scale, folder, str(folder / "floor.db"), {})
    try:
        with postgres.server() as there, postgres_database(there) as floor, postgres_database(there) as url:
            return figures + await _on("Postgres", scale, folder, floor, {"DATABASE_URL": url})
    except postgres.NoPostgres:
        return figures


async def _on(name: str, scale: Scale, folder: Path, floor_url: str, environ: dict[str, str]) -> list[Figure]:
    async with server("tests.bench.bare", floor_url, log=folder / "floor.log") as bare:
        floor = await _load(bare, scale)
    async with _muster(folder, environ) as bot:
        found = await _load(bot, scale)
    share = floor.per_second * SHARE_OF_FLOOR
    return [
        Figure(f"intake, {name}", found.per_second, "/s", share, at_least=True, floor=floor.per_second),
        Figure(f"intake, {name}: CPU for each, its reading included", found.cpu, "µs", floor=floor.cpu),
        Figure(f"intake, {name}: 202 after, p50", found.p50, "ms", floor=floor.p50),
        Figure(f"intake, {name}: 202 after, p99", found.p99, "ms", P99, floor=floor.p99),
    ]


@asynccontextmanager
async def _muster(folder: Path, environ: dict[str, str]) -> AsyncIterator[Served]:
    async with Simulator() as simulator, muster(simulator, folder, **environ) as bot:
        yield bot


async def _load(served: Served, scale: Scale) -> Load:
    client = ("tests.bench.client", served.url, "pagerduty", str(scale.at_once), "--seconds", str(scale.seconds))
    await quiet(scale.patience)
    before = cpu_seconds(served.pid)
    heard = await answer_of(*client)
    burnt = cpu_seconds(served.pid) - before
    if set(heard["statuses"]) != {"202"}:
        raise RuntimeError(f"answered {heard['statuses']}")
    waits = heard["milliseconds"]
    cpu = burnt / sum(heard["statuses"].values()) * 1e6
    return Load(len(waits) / heard["seconds"], percentile(waits, 50), percentile(waits, 99), cpu)
