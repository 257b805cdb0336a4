"""Backups taken in mid-storm restore, prove, and hold every delivery that was acknowledged before they began.

python -m tests.promises.operating_backup [--full]
"""

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.reader import read_some
from storage import Database, NewDelivery
from tests import postgres
from tests.databases import postgres_database
from tests.promises.serving import TEMPLATE

WITHIN = 60.0  # seconds to restore 100,000 entries


@dataclass
class Figure:
    backups: int = 0
    restored: int = 0
    proved: int = 0
    missing: int = 0
    entries: int = 0
    slowest: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.backups} backups in mid-storm: {self.restored} restored, {self.proved} proved whole,"
            f" {self.missing} acknowledged deliveries missing; the largest held {self.entries} entries,"
            f" the slowest restore took {self.slowest:.1f} s"
        )

    @property
    def holds(self) -> bool:
        return self.backups == self.restored == self.proved and not self.missing and self.slowest <= WITHIN


def database(url: str) -> Database:
    return Database(url, Reactions(Routing()))


def delivery(number: int) -> NewDelivery:
    body = TEMPLATE.replace("{number}", f"{number:07}").encode()
    return NewDelivery("pagerduty", f"key-{number}", None, {}, body, received_at=datetime.now(UTC))


class Storm:
    """Writes for as long as it lasts: deliveries, and what they lead to. `kept` is acknowledged."""

    def __init__(self, there: Database) -> None:
        self._there = there
        self.kept = 0
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def rage(self) -> None:
        while not self._stopped:
            batch = [self._there.submit(lambda tx, n=self.kept + n: tx.keep(delivery(n))) for n in range(5)]  # type: ignore[misc]
            for one in batch:
                one.result(timeout=30)
            self.kept += len(batch)
            self._there.submit(read_some).result(timeout=30)


async def measured(backups: int, url: str, target: str, *, seed: int = 1) -> Figure:
    """From the database at `url`, into the one at `target` or, when that is empty, into new SQLite files."""
    chance, figure, there = random.Random(seed), Figure(), database(url)
    there.migrate()
    there.open()
    storm = Storm(there)
    raging = asyncio.create_task(asyncio.to_thread(storm.rage))
    try:
        with tempfile.TemporaryDirectory(prefix="muster-backups-") as folder:
            for nth in range(backups):
                await asyncio.sleep(chance.uniform(0.1, 0.6))
                acknowledged, file = storm.kept, Path(folder) / f"{nth}.tar.gz"
                await asyncio.to_thread(there.backup, file)
                figure.backups += 1
                into = target or f"sqlite:///{folder}/{nth}.db"
                await asyncio.to_thread(_restore, file, into, acknowledged, figure)
    finally:
        storm.stop()
        await raging
        there.close()
    return figure


def _restore(file: Path, url: str, acknowledged: int, figure: Figure) -> None:
    restored, started = database(url), time.monotonic()
    restored.restore(file, force=True)
    figure.slowest = max(figure.slowest, time.monotonic() - started)
    figure.restored += 1
    restored.open()
    verdicts = restored.submit(lambda tx: [tx.verify(stream) for stream in tx.streams()]).result(timeout=120)
    figure.proved += not any(verdict.complaint for verdict in verdicts)
    figure.entries = max(figure.entries, sum(verdict.entries for verdict in verdicts))
    found = restored.submit(lambda tx: sum(tx.delivery(f"key-{n}") is not None for n in range(acknowledged)))
    figure.missing += acknowledged - found.result(timeout=120)
    restored.close()


async def both(backups: int) -> dict[str, Figure]:
    """SQLite to SQLite and to Postgres, Postgres to Postgres and to SQLite."""
    with (
        tempfile.TemporaryDirectory() as folder, postgres.server() as server,
        postgres_database(server) as source, postgres_database(server) as target,
    ):  # fmt: skip
        return {
            "sqlite → sqlite": await measured(backups, f"sqlite:///{folder}/a.db", ""),
            "sqlite → postgresql": await measured(backups, f"sqlite:///{folder}/b.db", target),
            "postgresql → postgresql": await measured(backups, source, target),
            "postgresql → sqlite": await measured(backups, source, ""),
        }


if __name__ == "__main__":
    figures = asyncio.run(both(20 if "--full" in sys.argv else 3))
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in figures.values()))
