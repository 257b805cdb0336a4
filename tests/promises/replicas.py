"""Several `muster serve` on one Postgres behind one address, stopped past their leases, continued and killed.

python -m tests.promises.replicas [--full] [--replicas N] [--troubles N] [--control unfenced]

Prints what was done twice or is missing at the end; how often the clock's slots fired; how many calls were made before
a Retry-After that one replica was told was over; and how long a dead replica's work lay.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from freezegun import freeze_time

from bot.clock import TICKS, strike
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.simulator import Simulator
from bot.simulator.faults import Fault
from storage import Database
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.mortals import Process, free_port
from tests.journeys.nursery import Nursery
from tests.journeys.town import outside
from tests.promises.balancer import balanced
from tests.promises.crash_storm import Immortal, bears, living, prepare, settings, settled
from tests.promises.reckoning import Reckoning
from tests.promises.stream import Lossy, Stream

LEASE = 2.0  # seconds: the shortest an operator may choose
PAST_IT = (0.2, 1.5)  # seconds by which a stop outlasts the lease
BETWEEN = (0.05, 0.6)  # seconds from one trouble of a replica to its next
WEBHOOKS_EACH = 30  # for each trouble
LATENCY = 0.1  # seconds: so that troubles fall between two calls of an effect
ANSWERED = (0.09, 0.14)  # seconds after it came in, a call's answer is on its way
MANY_LOOKS = 1200  # of people for their room, which comes late where most replicas are stopped most of the time
QUIET = 1.0  # seconds after which a trouble waits no longer for a call
WORST = ("pagerduty:GET /incidents", "pagerduty:PUT", "pagerduty:POST", "slack:chat.postMessage", "slack:conv")
RESUMES_WITHIN = 5.0  # seconds after the lease
AFTER = 3  # seconds of Retry-After


@dataclass
class Replica(Immortal):
    """`stopped`: by SIGSTOP, which a health check would notice."""

    stopped: bool = False
    stops: int = 0

    async def suffer(self, troubles: list[str], rng: random.Random, faults: "Watched") -> None:
        """Takes from the common list until it is empty."""
        while troubles:
            await asyncio.sleep(rng.uniform(*BETWEEN))
            await faults.somebody_calls()
            await asyncio.sleep(rng.uniform(*ANSWERED))
            if not self.process.lives or not troubles:
                continue
            if troubles.pop() == "kill":
                self.kills += 1
                self.process.kill()
            else:
                await self._stop(LEASE + rng.uniform(*PAST_IT))

    async def _stop(self, seconds: float) -> None:
        self.stops, self.stopped = self.stops + 1, True
        self.process.kill(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.process.kill(signal.SIGCONT)
        self.stopped = False


@dataclass
class Watched(Lossy):
    """Knows when somebody does what a stop is worst for: look how things stand, write, and hear that it is written."""

    calls_come: asyncio.Event = field(default_factory=asyncio.Event)

    def hit(self, name: str) -> Fault:
        if name.startswith(WORST):
            self.calls_come.set()
        return super().hit(name)

    async def somebody_calls(self) -> None:
        self.calls_come.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET):
                await self.calls_come.wait()


@dataclass(frozen=True)
class Outcome:
    replicas: int
    stops: int
    kills: int
    rooms: int
    presses: int
    sent_on: int
    found: Reckoning

    def __str__(self) -> str:
        what = f"{self.replicas} replicas, {self.stops} stops past the lease, {self.kills} kills, {self.rooms} rooms"
        people = f"{self.presses} presses, of which {self.sent_on} were answered to act in PagerDuty itself"
        return f"{what}, {people}\n  {self.found}"


@dataclass
class Fleet:
    """Replicas on one database, and the vendors around them."""

    simulator: Simulator
    replicas: list[Replica]
    url: str
    faults: Watched
    rng: random.Random = field(default_factory=lambda: random.Random(3))


@asynccontextmanager
async def fleet(nursery: Nursery, url: str, folder: Path, size: int, *, lossy: bool = True) -> AsyncIterator[Fleet]:
    """All ready, behind one address."""
    faults = Watched(share=0.05 if lossy else 0.0)
    async with outside(faults) as simulator:
        prepare(simulator)
        environ = settings(simulator, url, folder, lease_seconds=LEASE)
        made = [Replica(Process(nursery, environ, free_port(), folder / f"log-{nth}")) for nth in range(size)]
        ours = Fleet(simulator, made, url, faults)

        def healthy() -> list[int]:
            return [one.process.port for one in made if one.process.lives and not one.stopped]

        async with balanced(healthy, ours.rng) as address, living(*made):
            simulator.bot_url = address
            await eventually(lambda: all(one.is_ready for one in made), within=30.0)
            yield ours


async def troubled(nursery: Nursery, url: str, folder: Path, size: int, troubles: int) -> Outcome:
    """Random stops, continuations and kills under a stream of webhooks and presses."""
    async with fleet(nursery, url, folder, size) as ours:
        stream = Stream(ours.simulator, 5, looks=MANY_LOOKS)
        coming = ["kill" if nth % 3 == 0 else "stop" for nth in range(troubles)]
        ours.faults.add("slack:*", latency=LATENCY)
        ours.faults.add("pagerduty:*", latency=LATENCY)
        await asyncio.gather(
            stream.run(troubles * WEBHOOKS_EACH, lambda: 1 - len(coming) / (troubles + 1)),
            *(one.suffer(coming, ours.rng, ours.faults) for one in ours.replicas),
        )
        found = await settled(url, ours.simulator, stream)
        stops, kills = (sum(getattr(one, what) for one in ours.replicas) for what in ("stops", "kills"))
    sent_on = sum(press.sent_on for press in stream.presses)
    return Outcome(size, stops, kills, len(stream.deserving), len(stream.presses), sent_on, found)


async def calls_too_soon(nursery: Nursery, url: str, folder: Path) -> tuple[int, int]:
    """One replica hears 429: how many calls any of them makes before it is over, and how many afterwards."""
    async with fleet(nursery, url, folder, 2, lossy=False) as ours:
        for nth in range(3):
            await ours.simulator.pagerduty.trigger(f"Before {nth}")
        await settled(url, ours.simulator, Stream(ours.simulator, 5))
        ours.faults.add("slack:conversations.setTopic", status=429, retry_after=AFTER, times=1)
        for nth in range(20):
            await ours.simulator.pagerduty.trigger(f"After {nth}")
            await asyncio.sleep(0.1)
        await settled(url, ours.simulator, Stream(ours.simulator, 5))
    calls = ours.faults.calls("slack:conversations.setTopic")
    told = next(call.at for call in calls if call.outcome == "429")
    later = [call.at - told for call in calls if call.at > told]
    return sum(LEARNT < at < AFTER for at in later), sum(at >= AFTER for at in later)


LEARNT = 0.25  # seconds until all replicas know; what was on its way then cannot be called back


async def resumed(nursery: Nursery, url: str, folder: Path) -> float:
    """Seconds from a replica's death, in the middle of opening a room, until another has furnished the room."""
    async with fleet(nursery, url, folder, 2, lossy=False) as ours:
        one, other = ours.replicas
        other.process.kill(signal.SIGSTOP)
        other.stopped = True
        ours.simulator.faults.add("slack:*", latency=0.5)
        await ours.simulator.pagerduty.trigger("Checkout is down")
        await eventually(lambda: ours.faults.calls("slack:conversations.create"), within=10.0)
        one.process.kill(signal.SIGSTOP)  # as good as dead, and it is not born again
        one.stopped = True
        began = time.monotonic()
        other.process.kill(signal.SIGCONT)
        other.stopped = False
        await eventually(lambda: any(room.pins for room in ours.simulator.slack.channels.values()), within=30.0)
        return time.monotonic() - began


async def notes_after_a_pause(nursery: Nursery, url: str, folder: Path) -> int:
    """How many notes there are of one, when the replica that writes it is stopped past its lease right before."""
    async with fleet(nursery, url, folder, 2, lossy=False) as ours:
        one, other = ours.replicas
        simulator, faults = ours.simulator, ours.faults
        page = await simulator.pagerduty.trigger("Checkout is slow", urgency="low")
        await settled(url, simulator, Stream(simulator, 5))
        other.process.kill(signal.SIGSTOP)
        other.stopped = True
        slow = faults.add("pagerduty:GET /users*", latency=1.0)
        await simulator.slack.command("Alice", "general", "/incident note INC-1 The index is missing")
        await eventually(lambda: faults.calls("pagerduty:GET /users*"), within=10.0)
        one.process.kill(signal.SIGSTOP)
        one.stopped, other.stopped = True, False
        faults.remove(slow)
        await asyncio.sleep(LEASE)
        other.process.kill(signal.SIGCONT)
        await eventually(lambda: page.notes, within=20.0)
        one.process.kill(signal.SIGCONT)
        one.stopped = False
        await settled(url, simulator, Stream(simulator, 5))
        return len(page.notes)


async def slots(url: str, replicas: int, count: int) -> tuple[int, int]:
    """Jobs put and slots struck, when every replica's clock strikes every slot."""
    ours = [Database(url, Reactions(Routing())) for _ in range(replicas)]
    name, began = "sweep_rooms", datetime(2026, 3, 2, tzinfo=UTC)
    for one in ours:
        one.open()
    try:
        for nth in range(count):
            with freeze_time(began + timedelta(seconds=nth * TICKS[name]), real_asyncio=True):
                await asyncio.gather(*(strike(one, name) for one in ours))
    finally:
        for one in ours:
            one.close()
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM jobs WHERE key LIKE 'sweep_rooms@%'").fetchone()
    return (row[0] if row else 0), count


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="two and four replicas, 500 troubles each")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--troubles", type=int, default=6)
    parser.add_argument("--control", choices=["unfenced"])
    asked = parser.parse_args()
    wrong = False
    with postgres.server() as server, bears(asked.control) as nursery, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in (2, 4) if asked.full else (asked.replicas,):
            with postgres_database(server) as url:
                migrated(url)
                outcome = asyncio.run(troubled(nursery, url, folder, size, 500 if asked.full else asked.troubles))
                wrong |= bool(outcome.found.wrong)
                print(outcome, flush=True)
        with postgres_database(server) as url:
            migrated(url)
            notes = asyncio.run(notes_after_a_pause(nursery, url, folder))
        print(f"stopped past its lease right before it wrote a note: {notes} notes")
        wrong |= notes != 1
        if asked.control:
            return int(not wrong)
        with postgres_database(server) as url:
            migrated(url)
            put, struck = asyncio.run(slots(url, 4, 100))
        with postgres_database(server) as url:
            migrated(url)
            early, late = asyncio.run(calls_too_soon(nursery, url, folder))
        with postgres_database(server) as url:
            migrated(url)
            seconds = asyncio.run(resumed(nursery, url, folder))
    print(f"{struck} slots, 4 replicas: fired {put} times")
    print(f"Retry-After {AFTER} s told to one of 2: {early} calls before it was over, {late} after")
    print(f"a dead replica's work resumed after {seconds:.1f} s; lease {LEASE:.0f} s")
    return int(wrong or put != struck or early > 0 or seconds > LEASE + RESUMES_WITHIN)


if __name__ == "__main__":
    sys.exit(main())
