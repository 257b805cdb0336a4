"""Backups taken in mid-storm restore, prove, and hold every delivery that was acknowledged before they began.

python -m tests.promises.operating_backup [--full]
"""

import asyncio
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.receiving.reader import read_some
from storage import Database, NewDelivery
from tests import postgres
from tests.databases import postgres_database
from tests.promises import big
from tests.promises.serving import TEMPLATE

WITHIN = 60.0  # seconds to restore LARGE entries
LARGE = 100_000
AT_ONCE = 5  # deliveries on their way


@dataclass
class Figure:
    backups: int = 0
    restored: int = 0
    proved: int = 0
    missing: int = 0
    entries: int = 0
    slowest: float = 0.0
    meanwhile: int = 0  # kept while a backup was restored

    def __str__(self) -> str:
        return (
            f"{self.backups} backups: {self.restored} restored, {self.proved} proved whole,"
            f" {self.missing} acknowledged deliveries missing; the largest held {self.entries} entries,"
            f" the slowest restore took {self.slowest:.1f} s"
        )

    @property
    def holds(self) -> bool:
        is_whole = self.backups == self.restored == self.proved and not self.missing
        return is_whole and self.slowest <= WITHIN and self.meanwhile <= AT_ONCE * self.backups


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
        self._blows = threading.Event()
        self._blows.set()

    def stop(self) -> None:
        self._stopped = True
        self._blows.set()

    @contextmanager
    def resting(self, figure: Figure) -> Iterator[None]:
        """While a backup is restored elsewhere: else each is larger than the last by a share of it, and the twentieth
        does not end."""
        self._blows.clear()
        before = self.kept
        try:
            yield
        finally:
            figure.meanwhile += self.kept - before
            self._blows.set()

    def rage(self) -> None:
        while self._blows.wait() and not self._stopped:
            batch = [self._there.submit(lambda tx, n=self.kept + n: tx.keep(delivery(n))) for n in range(AT_ONCE)]  # type: ignore[misc]
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
                if raging.done():
                    raise AssertionError("the storm was over before its backup") from raging.exception()
                figure.backups += 1
                into = target or f"sqlite:///{folder}/{nth}.db"
                with storm.resting(figure):
                    await asyncio.to_thread(_restore, file, into, acknowledged, figure)
                print(f"  {nth + 1} of {backups}: {figure}", file=sys.stderr, flush=True)
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


def large(folder: Path, *postgres: str) -> Figure:
    """LARGE entries handed on by backups: SQLite, SQLite, Postgres, Postgres, SQLite."""
    figure, (first, *others) = Figure(), [f"sqlite:///{folder}/large-{nth}.db" for nth in range(3)]
    database(first).migrate()
    big.fill(folder / "large-0.db", folder / "large.checkpoints", LARGE)
    there = first
    for nth, into in enumerate((others[0], *postgres, others[1])):
        file = folder / f"large-{nth}.tar.gz"
        source = database(there)
        source.open(read_only=True)
        source.backup(file)
        source.close()
        figure.backups += 1
        _restore(file, into, 0, figure)
        print(f"  {LARGE} entries, {nth + 1} of 4: {figure}", file=sys.stderr, flush=True)
        there = into
    return figure


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
            f"{LARGE} entries, SQLite → SQLite → PostgreSQL → PostgreSQL → SQLite": large(Path(folder), source, target),
        }


if __name__ == "__main__":
    figures = asyncio.run(both(20 if "--full" in sys.argv else 3))
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in figures.values()))
