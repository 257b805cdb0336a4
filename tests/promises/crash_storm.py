"""Nothing lost, nothing twice, while the process is killed again and again.

python -m tests.promises.crash_storm [--full] [--webhooks N] [--kills N] [--postgres] [--kill-postgres] [--control NAME]

The real `muster serve`, between a Slack and a PagerDuty that lose a twentieth of their replies after acting, takes
signed webhooks, a tenth of them twice, and presses; SIGKILL comes at random moments. Prints what is wrong at the end,
and exits with 1 unless it is nothing; with a control, unless it is something.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bot.console.demo import CHOICES, environment
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.settings.choices import Choices, StormRule
from bot.simulator import Simulator
from storage import Database, Transaction
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.mortals import Process, free_port
from tests.journeys.nursery import Nursery, open_nursery
from tests.journeys.town import outside
from tests.promises.launcher import CONTROLS
from tests.promises.reckoning import Reckoning, reckoning
from tests.promises.stream import LOST, Lossy, Stream

BETWEEN_KILLS = (0.02, 0.6)  # seconds
AT_BIRTH = 0.2  # of the kills do not wait until it is ready
PATIENCE = 60.0  # seconds for a birth, on a busy machine
DRAINS_WITHIN, STUCK_AFTER = 900.0, 60.0  # seconds; in the latter nothing was done
FEW_LOOKS = 60  # for a room that a control has lost for good
LOST_TO_A_CONTROL = 0.2  # of the replies: a mistake must not be lucky
NO_MORE = 0.3  # seconds in which nothing new comes of what is done


@dataclass(frozen=True)
class Storm:
    webhooks: int = 600
    kills: int = 8
    database: str = "sqlite"
    kill_postgres: bool = False
    control: str | None = None
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    storm: Storm
    found: Reckoning
    rooms: int
    presses: int
    lost_replies: int
    drained: float

    def __str__(self) -> str:
        storm = self.storm
        what = ", ".join(filter(None, [storm.database, "killed too" * storm.kill_postgres, storm.control]))
        return (
            f"{storm.webhooks} webhooks, {storm.kills} kills ({what}): {self.rooms} rooms, {self.presses} presses, "
            f"{self.lost_replies} replies lost, whole {self.drained:.1f} s after the last\n  {self.found}"
        )


@dataclass
class Immortal:
    """A process that, whenever it dies, is born again."""

    process: Process
    is_ready: bool = False
    kills: int = 0
    heard: set[str] = field(default_factory=set)  # what was acknowledged when it was killed last

    async def live(self) -> None:
        while True:
            self.is_ready = False
            with suppress(AssertionError):  # not ready in time: it is still being born, or dead
                await self.process.begin()
                self.is_ready = True
            await eventually(lambda: not self.process.lives, within=3600.0)

    async def be_killed(
        self, times: int, moment: Callable[[], Awaitable[None]], and_then: Callable[[], None] | None = None
    ) -> None:
        """Whenever its moment has come. `and_then` every fourth time, beginning now."""
        for nth in range(times):
            await moment()
            self.process.kill()
            self.is_ready, self.kills = False, self.kills + 1
            if and_then and nth % 4 == 0:
                await asyncio.to_thread(and_then)

    async def anywhere(self, rng: random.Random) -> None:
        """A moment that falls anywhere, one in five into its birth."""
        if rng.random() > AT_BIRTH:
            await eventually(lambda: self.is_ready, within=PATIENCE)
        await asyncio.sleep(rng.uniform(*BETWEEN_KILLS))

    async def after_an_answer(self, stream: Stream) -> None:
        """The moment at which it has just taken a webhook: the worst one for whoever answered too early."""
        await eventually(lambda: not stream.acknowledged <= self.heard, within=PATIENCE)
        self.heard = stream.acknowledged


async def weather(storm: Storm, nursery: Nursery, url: str, folder: Path, crash: Callable[[], None] | None) -> Outcome:
    """The whole storm on this migrated database, and what it left."""
    faults, rng = Lossy(share=LOST_TO_A_CONTROL if storm.control else LOST), random.Random(storm.seed)
    async with outside(faults) as simulator:
        prepare(simulator)
        process = Process(nursery, settings(simulator, url, folder), free_port(), folder / "log")
        simulator.bot_url = process.url
        stream = Stream(simulator, storm.seed, *([FEW_LOOKS] if storm.control else []))
        async with living(Immortal(process)) as one:
            shares = storm.kills + 1
            moment = partial(one.after_an_answer, stream) if storm.control else partial(one.anywhere, rng)
            await asyncio.gather(
                stream.run(storm.webhooks, lambda: (one.kills + 1) / shares), one.be_killed(storm.kills, moment, crash)
            )
            began = time.monotonic()
            found = await settled(url, simulator, stream)
    rooms, presses = len(stream.deserving), len(stream.presses)
    return Outcome(storm, found, rooms, presses, faults.lost, time.monotonic() - began)


def prepare(simulator: Simulator) -> None:
    """PagerDuty repeats soon and for as long as it takes, as with 48 hours it would."""
    retries = simulator.pagerduty.webhooks.retries
    retries.first, retries.longest, retries.tries, retries.answer_within = 0.05, 0.5, 100_000, 3.0


def settings(simulator: Simulator, url: str, folder: Path, **choices: object) -> dict[str, str]:
    config = folder / "muster.yaml"
    wanted: Choices = CHOICES.model_copy(update={"storm": StormRule(on=False), **choices})
    config.write_text(wanted.model_dump_json(exclude_defaults=True))
    return {**environment(simulator), "DATABASE_URL": url, "MUSTER_CONFIG": str(config)}


@asynccontextmanager
async def living(*immortals: Immortal) -> AsyncIterator[Immortal]:
    lives = [asyncio.create_task(one.live()) for one in immortals]
    try:
        yield immortals[0]
    finally:
        for life, one in zip(lives, immortals, strict=True):
            life.cancel()
            one.process.kill()


async def settled(
    url: str, simulator: Simulator, stream: Stream, *, stuck_after: float = STUCK_AFTER
) -> Reckoning:
    """Once nothing is under way and nothing owed; AssertionError when nothing was done for `stuck_after` seconds.

    While something is done it lasts as long as it lasts: what came faster than stopped replicas could read, on a busy
    machine too, is no fault."""
    database, began = Database(url, Reactions(Routing())), time.monotonic()
    database.open(read_only=True)

    async def is_settled() -> bool:
        if not simulator.pagerduty.webhooks.idle or not await database.read(owes_nothing):
            return False
        await asyncio.sleep(NO_MORE)
        return simulator.pagerduty.webhooks.idle and await database.read(owes_nothing)

    async def settles() -> bool:
        with suppress(AssertionError):
            return await eventually(is_settled, within=stuck_after)
        return False

    try:
        done = await database.read(_done)
        while not await settles():
            before, done = done, await database.read(_done)
            if done == before or time.monotonic() - began > DRAINS_WITHIN:
                idle = "none" if simulator.pagerduty.webhooks.idle else "some"
                raise AssertionError(f"{idle} of the webhooks under way; {await database.read(_left)}")
        return await database.read(lambda tx: reckoning(tx, simulator, stream))
    finally:
        database.close()


def _done(tx: Transaction) -> int:
    """Deliveries read and jobs settled, without the clock's own."""
    return int(tx._connection.scalar(sa.text(
        "SELECT (SELECT count(*) FROM inbox WHERE state <> 'kept') + (SELECT count(*) FROM jobs"
        " WHERE settled_at IS NOT NULL AND lane NOT LIKE 'clock/%')"
    )))  # fmt: skip


def owes_nothing(tx: Transaction) -> bool:
    owed = tx.owed()
    return not (owed.waiting or owed.running or owed.late or tx.is_reading())


def _left(tx: Transaction) -> str:
    """What is owed, unread or wrong, in words."""
    jobs = tx._connection.execute(sa.text(
        "SELECT kind, lane, state, priority, attempt, due, complaint FROM jobs WHERE settled_at IS NULL ORDER BY id"
    )).all()  # fmt: skip
    unread = len(tx.unread(10_000))
    return f"{unread} unread at {time.time():.0f}; {len(jobs)} jobs, {[tuple(job) for job in jobs[:20]]}"


@contextmanager
def databases(storm: Storm, folder: Path) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """A new one, and how to kill its server."""
    if storm.database == "sqlite":
        url = f"sqlite:///{folder / 'muster.db'}"
        migrated(url)
        yield url, None
        return
    with postgres.mortal_server() as server, postgres_database(server.url) as url:
        migrated(url)
        yield url, server.crash if storm.kill_postgres else None


def bears(control: str | None) -> AbstractContextManager[Nursery]:
    return open_nursery("tests.promises.launcher", "brisk", *([control] if control else []))


def run(storm: Storm, folder: Path, nursery: Nursery | None = None) -> Outcome:
    born = nullcontext(nursery) if nursery else bears(storm.control)
    with born as bearer, databases(storm, folder) as (url, crash):
        return asyncio.run(weather(storm, bearer, url, folder, crash))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="10,000 webhooks and 100 kills on both databases")
    parser.add_argument("--webhooks", type=int)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--kill-postgres", action="store_true")
    parser.add_argument("--control", choices=CONTROLS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    webhooks, kills = asked.webhooks or (10_000 if asked.full else 600), asked.kills or (100 if asked.full else 8)
    kinds = [("sqlite", False), ("postgresql", False), ("postgresql", True)]
    if not asked.full:
        kinds = [("postgresql" if asked.postgres or asked.kill_postgres else "sqlite", asked.kill_postgres)]
    wrong = False
    for database, crashes in kinds:
        with tempfile.TemporaryDirectory(prefix="muster-storm-") as folder:
            outcome = run(Storm(webhooks, kills, database, crashes, asked.control, asked.seed), Path(folder))
        print(outcome, flush=True)
        wrong |= bool(outcome.found.wrong)
    return int(wrong != bool(asked.control))


if __name__ == "__main__":
    sys.exit(main())
