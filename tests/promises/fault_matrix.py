"""Everything Muster talks to fails in every way, one at a time: pages are kept, people are answered, nothing is lost.

`python -m tests.promises.fault_matrix --full` plays 30 simulated minutes of each of the 32 outages, on both databases,
and prints the table. The clock is scaled by making what is owed older: a simulated minute passes by every waiting job
at once, then the bot has a quarter of a second of real time for it. Time-outs and leases run in real time.
"""

import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa

from bot import trouble
from bot.console.demo import CHOICES
from bot.domain.errors import Unavailable
from bot.metrics import REGISTRY
from bot.simulator import Simulator
from bot.simulator.faults import Fault
from bot.simulator.slack.model import Answer, Channel
from bot.speaking.conversation import NOT_DONE, UNSURE
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.town import Town, a_bot_in, card, outside
from tests.promises.cable import Cable, cable_to
from tests.promises.ledger_faults import Database, database_behind

FAULTS = ("refused", "silent", "drip", "503", "429", "garbage", "reply lost", "revoked")
SYSTEMS = ("slack", "pagerduty", "events", "database")
PAGES = 10  # webhooks before the fault, and as many while it lasts
BEAT = 0.25  # real seconds
LONG_AGO = timedelta(hours=2)
PACE = 4.0  # how much faster the clock runs while what waits is made up for
ANSWERED_WITHIN, REFUSED_WITHIN, DRAINED_WITHIN = 3.0, 1.0, 60.0  # seconds
TOLD_WITHIN = 4.0  # seconds: three, and one for what a shared machine takes
NEEDED = {"note": "pagerduty", "press": "pagerduty", "change": "events"}
KEPT = "this is kept, and tried again"  # said at once where PagerDuty is known to be away
WAITS = {"note": "take a note", "press": "acknowledge", "change": "take a change"}
PATIENT = {"tell", "find_people", "show_changes", "show_home", "look_up_person", "open_form"}  # given up after minutes
CALLS = {"slack": "slack:*", "pagerduty": "pagerduty:*", "events": "events:*"}
AT_THE_SIMULATOR: Mapping[str, dict[str, Any]] = {
    "silent": {"silent": True}, "drip": {"drip": 0.5}, "503": {"status": 503},
    "429": {"status": 429, "retry_after": 5}, "garbage": {"garbage": True}, "reply lost": {"lost_reply": True},
    "revoked": {"status": 401},
}  # fmt: skip


@dataclass
class Cell:
    """One outage: what was measured, and a sentence for each broken promise. Times in seconds.

    `lenience`: how many times as long the machine may take, where it has more to do at the same time.
    """

    system: str
    fault: str
    lenience: float = 1.0
    calm: float = 0.0
    intake: float = 0.0
    statuses: set[int | None] = field(default_factory=set)
    answer: float = 0.0
    told: float = 0.0
    drained: float = 0.0
    metric: str = ""
    lines: int = 0
    stalls: int = 0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> str:
        said = "; ".join(self.wrong) or "ok" + (f" (asked again {self.stalls} times)" if self.stalls else "")
        statuses = "/".join(sorted(str(one) for one in self.statuses))
        return (f"{self.system:9} {self.fault:10} {self.calm * 1000:6.0f} {self.intake * 1000:7.0f} {statuses:8}"
                f" {self.answer:6.2f} {self.told:5.1f} {self.drained:6.1f}"
                f" {self.metric:24} {self.lines:3}  {said}")  # fmt: skip


HEADING = "system    fault      calm ms fault ms status  answer  told drained cause (muster_trouble)  lines"


class Lines(logging.Handler):
    """What was logged about a system's trouble."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.begun: list[str] = []
        self.over: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "bot.trouble":
            (self.over if "answers again" in record.getMessage() else self.begun).append(record.getMessage())


@contextmanager
def listening() -> Iterator[Lines]:
    lines, log = Lines(), logging.getLogger("bot.trouble")
    trouble._said.clear()  # as a new process
    log.addHandler(lines)
    log.setLevel(logging.WARNING)
    try:
        yield lines
    finally:
        log.removeHandler(lines)


class Outage:
    """A town whose `system` can be made to fail in the way called `fault`."""

    def __init__(self, town: Town, cell: Cell, cable: Cable, ledger: Database) -> None:
        self.town, self.cell, self.cable, self.ledger = town, cell, cable, ledger
        self.room: Channel | None = None
        self._fault: Fault | None = None

    async def begin(self) -> None:
        if self.cell.system == "database":
            await self.ledger.fail(self.cell.fault)
        elif self.cell.fault == "refused":
            await self.cable.become("refused")
        elif (self.cell.system, self.cell.fault) == ("slack", "revoked"):
            self._fault = self.town.faults.add(CALLS["slack"], error="token_revoked")
        else:
            self._fault = self.town.faults.add(CALLS[self.cell.system], **AT_THE_SIMULATOR[self.cell.fault])

    async def end(self) -> None:
        if self.cell.system == "database":
            await self.ledger.mend()
        elif self._fault:
            self.town.faults.remove(self._fault)
        else:
            await self.cable.become("through")


async def lived_through(cell: Cell, database_url: str, *, minutes: int) -> Cell:
    """The cell, filled in."""
    with listening() as lines:
        async with _town(cell, database_url) as outage:
            before = _attempts(cell.system)
            await _calm(outage)
            await outage.begin()
            await _endure(outage, minutes)
            await outage.end()
            await _drain(outage)
            await _judge(outage, before, lines)
    return cell


@asynccontextmanager
async def _town(cell: Cell, database_url: str) -> AsyncIterator[Outage]:
    async with outside() as simulator, _cable(simulator) as cable, database_behind(database_url) as ledger:
        through = f"http://127.0.0.1:{cable.port}"
        environ = {
            "slack": {"SLACK_API_URL": f"{through}/slack/api/"},
            "pagerduty": {"PAGERDUTY_API_URL": f"{through}/pagerduty"},
            "events": {"PAGERDUTY_EVENTS_URL": f"{through}/events"},
        }.get(cell.system, {})
        if cell.system == "slack":
            simulator.slack.workspace.responses.base_url = through
        async with a_bot_in(simulator, ledger.url, CHOICES, **environ) as town:
            ledger.database = town.database
            yield Outage(town, cell, cable, ledger)


@asynccontextmanager
async def _cable(simulator: Simulator) -> AsyncIterator[Cable]:
    port = int(simulator.url.rpartition(":")[2])
    async with cable_to(lambda: asyncio.open_connection("127.0.0.1", port)) as cable:
        yield cable


async def _calm(outage: Outage) -> None:
    """INC-1 with its room, and what intake costs when all is well."""
    town = outage.town
    page = await town.pagerduty.trigger("Checkout is down")
    room = outage.room = await town.room(within=30.0)
    await town.slack.command("Alice", room.id, "/incident note all was well")
    outage.cell.calm = await _intake(town, set())
    await town.settled(within=30.0)
    for entry in page.log:  # all of it lies further back than what will be made older
        entry.at -= LONG_AGO
    await asyncio.sleep(3 * BEAT)


async def _intake(town: Town, statuses: set[int | None]) -> float:
    """The slowest of some webhooks, at their first attempt; what they were answered goes into `statuses`."""
    already = len(town.pagerduty.deliveries)
    for nth in range(PAGES):
        await town.pagerduty.trigger(f"Disk {already + nth} is full", urgency="low")
    mine = town.pagerduty.deliveries[already:]
    await eventually(lambda: all(one.attempts for one in mine), within=30.0)
    statuses |= {one.attempts[0].status for one in mine}
    return max(one.attempts[0].seconds for one in mine)


async def _endure(outage: Outage, minutes: int) -> None:
    """The second half begins when an attempt has failed: what is never answered takes its time-out to be known."""
    town, cell = outage.town, outage.cell
    before = _attempts(cell.system)
    cell.intake = await _intake(town, cell.statuses)
    page = await town.pagerduty.trigger("Payments is down", service="Payments", urgency="high")
    assert page.status == "triggered"
    room = outage.room
    assert room
    deployed = "/incident change deploy Checkout v2"
    async with asyncio.TaskGroup() as hearing:
        for what, ask in (
            ("note", lambda: town.slack.command("Alice", room.id, "/incident note looking")),
            ("change", lambda: town.slack.command("Alice", room.id, deployed)),
            ("press", lambda: town.slack.press("Alice", room.id, card(room).ts, "command:ack")),
        ):
            asked, kept = monotonic(), _kept(outage)
            answer = await _asked(outage, ask, what)
            hearing.create_task(_heard(outage, what, answer, asked, kept))
    await eventually(lambda: sum(_attempts(cell.system).values()) > sum(before.values()), within=30.0)
    await _asked(outage, lambda: town.slack.command("Bob", room.id, "/incident note still looking"), "late note")
    deployed = "/incident change deploy Checkout v3"
    await _asked(outage, lambda: town.slack.command("Bob", room.id, deployed), "late change")
    for _ in range(minutes):
        outage.ledger.age(60.0)
        await asyncio.sleep(BEAT)


async def _heard(outage: Outage, what: str, answer: Answer, asked: float, kept: Sequence[str]) -> None:
    """What the system that failed was asked for is said to wait, with its address, in the answer or soon after it.
    `kept`: what had been said to be kept before."""
    cell, waiting = outage.cell, f"Waiting for PagerDuty to {WAITS[what]} for Alice"

    def is_told() -> bool:
        told = [one for one in outage.town.told("Alice") if one.startswith(waiting)]
        return any("/incidents/" in text for text in (answer.text, *told, *_kept(outage)[len(kept) :]))

    if cell.system != NEEDED[what] or _arrives(cell):
        return
    try:
        await eventually(is_told, within=TOLD_WITHIN * cell.lenience)
    except AssertionError:
        cell.wrong.append(f"who asked for a {what} was told nothing")
        return
    cell.told = max(cell.told, monotonic() - asked)
    if cell.told > TOLD_WITHIN * cell.lenience:
        cell.wrong.append(f"who asked for a {what} was told after {cell.told:.1f} s")


def _kept(outage: Outage) -> list[str]:
    return [one for one in outage.town.told("Alice") if KEPT in one]


def _arrives(cell: Cell) -> bool:
    """And is found to have: then nothing is late."""
    return (cell.system, cell.fault) == ("events", "reply lost")


async def _asked(outage: Outage, ask: Any, what: str) -> Answer:
    """Answered in time, and where the system that failed is needed the answer says so and where to go."""
    cell = outage.cell
    answer = await _answered(cell, ask, what)
    if cell.system != "database" and any(said in answer.text for said in (NOT_DONE, UNSURE)):
        cell.stalls += 1  # the disk of this machine, with no fault of ours: whoever asked is told, and asks again
        answer = await _answered(cell, ask, what)
    needed = NEEDED.get(what.removeprefix("late ")) if what.startswith("late ") else None
    is_told = "does not answer" in answer.text or "cannot reach its database" in answer.text
    if cell.system == needed and not _arrives(cell) and not (is_told and "/incidents/" in answer.text):
        cell.wrong.append(f"{what} was answered: {answer.text}")
    if cell.system == "database" and is_told and "/incidents/" not in answer.text:
        cell.wrong.append(f"{what} was answered without PagerDuty's address: {answer.text}")
    return answer


async def _answered(cell: Cell, ask: Any, what: str) -> Answer:
    started = monotonic()
    answer: Answer = await ask()
    took = monotonic() - started
    cell.answer = max(cell.answer, took)
    if not answer.ok or took > ANSWERED_WITHIN:
        cell.wrong.append(f"{what}: {answer.status or answer.error} after {took:.1f} s")
    return answer


async def _drain(outage: Outage) -> None:
    """Until nothing is owed; what waits gets older PACE times as fast as the real clock."""
    town, cell, started, simulated = outage.town, outage.cell, monotonic(), 0.0
    while cell.drained < DRAINED_WITHIN:
        await asyncio.sleep(BEAT)
        cell.drained = monotonic() - started + simulated
        try:
            if town.pagerduty.webhooks.idle and await town.database.read(town._owes_nothing, within=1.0):
                return
        except Unavailable:  # it is just coming back
            continue
        outage.ledger.age(BEAT * PACE)
        simulated += BEAT * PACE
    cell.wrong.append(f"not drained within {DRAINED_WITHIN:.0f} s")


async def _judge(outage: Outage, before: Mapping[str, float], lines: Lines) -> None:
    cell, town = outage.cell, outage.town
    after = _attempts(cell.system)
    cell.metric = ",".join(f"{cause} {after[cause] - before.get(cause, 0):.0f}" for cause in after
                           if after[cause] > before.get(cause, 0))  # fmt: skip
    about = [line for line in lines.begun if line.startswith(f"{cell.system} is")]
    cell.lines = len(about)
    checks = {
        "no metric": bool(cell.metric),
        f"{len(about)} lines begin it": 1 <= len(about) <= 4,
        "no line says that it is over": any(line.startswith(cell.system) for line in lines.over),
        "something was given up": not await _given_up(town),
        **await _nothing_lost(town, cell),
        **_intake_promise(cell),
    }
    cell.wrong += [complaint for complaint, holds in checks.items() if not holds]


def _intake_promise(cell: Cell) -> dict[str, bool]:
    if cell.system == "database":
        return {f"a webhook waited {cell.intake:.1f} s": cell.intake <= REFUSED_WITHIN * cell.lenience,
                f"answered {cell.statuses}": cell.statuses <= {202, 503}}  # fmt: skip
    same_order = max(10 * cell.calm, 0.25 * cell.lenience)
    return {f"answered {cell.statuses}": cell.statuses == {202}, "intake suffered": cell.intake <= same_order}


async def _nothing_lost(town: Town, cell: Cell) -> dict[str, bool]:
    incidents = await town.database.read(lambda tx: tx.incidents(open_only=False, limit=500))
    rooms = [one for one in incidents if one.room]
    named = [channel for channel in town.slack.channels.values() if channel.name.startswith("inc-")]
    acknowledgements = [page.acknowledgements for page in town.pagerduty.incidents]
    once, pages = [len(each) for each in acknowledgements if each], len(town.pagerduty.incidents)
    return {
        f"{len(incidents)} incidents of {pages}": len(incidents) == pages,
        f"{len(rooms)} rooms, {len(named)} channels": len(rooms) == len(named) == 2,
        "a room is not whole": all(one.room and one.room.is_whole for one in rooms),
        f"acknowledged {once}": once == [1] or (cell.system == "database" and once in ([], [1])),
    }


async def _given_up(town: Town) -> list[str]:
    return await town.database.read(
        lambda tx: [row.kind for row in tx._connection.execute(sa.text("SELECT kind FROM jobs WHERE state = 'dead'"))
                    if row.kind not in PATIENT]
    )  # fmt: skip


def _attempts(system: str) -> dict[str, float]:
    """By cause, as /metrics has it."""
    return {
        sample.labels["cause"]: sample.value
        for metric in REGISTRY.collect() if metric.name == "muster_trouble" for sample in metric.samples
        if sample.name == "muster_trouble_total" and sample.labels["system"] == system
    }  # fmt: skip


async def _matrix(database_url: str, server: str | None, minutes: int) -> int:
    wrong = 0
    print(HEADING)
    for system in SYSTEMS:
        for fault in FAULTS:
            with ExitStack() as stack:
                url = stack.enter_context(postgres_database(server)) if server else _copy(stack)
                migrated(url)
                cell = await lived_through(Cell(system, fault), url, minutes=minutes)
            print(cell.row(), flush=True)
            wrong += bool(cell.wrong)
    return wrong


def _copy(stack: ExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-matrix-"))
    return f"sqlite:///{Path(folder) / 'muster.db'}"


def main(*, full: bool) -> int:
    """How many cells broke a promise."""
    minutes = 30 if full else 3
    print("SQLite")
    wrong = asyncio.run(_matrix("", None, minutes))
    with postgres.server() as server:
        print("PostgreSQL")
        return wrong + asyncio.run(_matrix("", server, minutes))


if __name__ == "__main__":
    sys.exit(main(full="--full" in sys.argv))
