"""Stopping is graceful: SIGTERM in a storm cuts nobody off, ends within 10 s, and leaves no job held.

python -m tests.promises.operating_stop [--full]
"""

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot.simulator import Simulator
from storage.engines import database_url as parsed
from tests.eventually import eventually
from tests.promises.serving import Muster, Storm, databases, key_of, looking, serving

WITHIN = 10.0  # seconds
RATE = 40.0  # webhooks a second
UNREAD = "inbox WHERE state = 'kept'"
URGENT_EVERY = 80  # few: Slack lets us create twenty channels a minute


@dataclass
class Figure:
    stops: int = 0
    requests: int = 0
    cut: list[str] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    held: int = 0
    unclean: list[int] = field(default_factory=list)
    slowest: float = 0.0
    rooms_missing: int = 0
    rooms_double: int = 0

    def __str__(self) -> str:
        return (
            f"{self.stops} SIGTERMs in a storm of {self.requests} webhooks: {len(self.cut)} accepted requests cut off,"
            f" {self.lost} acknowledged and lost, {self.held} jobs left held, {len(self.unclean)} exits but 0,"
            f" slowest exit {self.slowest:.1f} s, {self.rooms_missing} rooms missing, {self.rooms_double} double"
            f" ({self.refused} connections refused meanwhile, and sent again) {' '.join(self.cut[:3])}"
        )

    @property
    def holds(self) -> bool:
        wrong = (self.cut, self.lost, self.held, self.unclean, self.rooms_missing, self.rooms_double)
        return not any(wrong) and self.slowest <= WITHIN


async def stopped(stops: int, url: str, *, seed: int = 1) -> Figure:
    chance, figure = random.Random(seed), Figure()
    with tempfile.TemporaryDirectory(prefix="muster-stop-") as folder:
        async with Simulator() as simulator, serving(simulator, Path(folder), url) as muster:
            simulator.faults.add("slack:*", latency=0.1)  # so that there is always something in hand
            await muster.start()
            storm = Storm(muster.port, RATE, URGENT_EVERY if stops < 20 else 20 * URGENT_EVERY)
            async with storm.raging():
                for _ in range(stops):
                    await asyncio.sleep(chance.uniform(0.2, 0.9))
                    await _stop(muster, figure)
                    await muster.start()
            await _account(muster, storm, figure)
    return figure


async def _stop(muster: Muster, figure: Figure) -> None:
    code, took = await muster.stop()
    figure.stops += 1
    figure.slowest = max(figure.slowest, took)
    if code:
        figure.unclean.append(code)
    figure.held += held(muster.database_url)


def held(url: str) -> int:
    """Jobs that nobody may touch for longer than it takes to look: their lease has been left standing."""
    return count(url, "jobs WHERE state = 'running' AND settled_at IS NULL AND due > :now")


def count(url: str, what: str) -> int:
    engine = sa.create_engine(parsed(url))
    with engine.connect() as connection:
        values = {"now": time.time()} if ":now" in what else {}
        found = connection.scalar(sa.text(f"SELECT count(*) FROM {what}"), values)
    engine.dispose()
    return int(found or 0)


async def _account(muster: Muster, storm: Storm, figure: Figure) -> None:
    figure.requests, figure.cut, figure.refused = storm.sent, storm.cut, storm.refused
    with looking(muster.database_url) as database:
        urgent = [number for number in storm.taken if number % storm.urgent_every == 0]

        async def all_have_rooms() -> bool:
            if count(muster.database_url, UNREAD):
                return False
            owed = await database.read(lambda tx: tx.owed())
            return not owed.waiting + owed.running + owed.late

        await eventually(all_have_rooms, within=60.0 + 4 * len(urgent))
        for number in storm.taken:
            figure.lost += await database.read(lambda tx, number=number: tx.delivery(key_of(number)) is None)  # type: ignore[misc]
        found = [await database.read(lambda tx, n=n: tx.incident_by_pagerduty_id(f"QB{n:05}")) for n in urgent]  # type: ignore[misc]
        figure.rooms_missing = sum(one is None or one.room is None for one in found)
    made = [channel for channel in muster.simulator.slack.channels.values() if channel.name.startswith("inc-")]
    figure.rooms_double = len(made) - len(urgent) + figure.rooms_missing


async def measured(stops: int) -> dict[str, Figure]:
    """Half of them on each database."""
    with databases() as found:
        shares = {"sqlite": stops - stops // 2, "postgresql": stops // 2}
        return {name: await stopped(share, found[name][0]) for name, share in shares.items()}


if __name__ == "__main__":
    figures = asyncio.run(measured(200 if "--full" in sys.argv else 5))
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in figures.values()))
