"""500 incidents in 60 seconds under Slack's published tiers (R2b): `python -m tests.promises.storm [--full]`.

The bot is a process of its own, and so are the people who ask meanwhile; the simulator counts every call. Without
`--full` Slack's minute is shorter, in the simulator and for the bot alike, and everything else in proportion; with it
the minute has sixty seconds. `--postgres` for the other database.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml

from bot.simulator import Simulator
from bot.simulator.pagerduty.incident import Incident
from tests import postgres
from tests.bench.figure import Figure, percentile, table
from tests.bench.processes import ENVIRON, server, settings
from tests.databases import postgres_database
from tests.eventually import eventually
from tests.promises.slacks_books import Books

SERVICES = ("Checkout", "Payments", "Search")
OWED = re.compile(r"^muster_owed_jobs (\S+)$", re.MULTILINE)
GIVEN_UP = re.compile(r'^muster_jobs_total\{effect="(\w+)",outcome="given up"\} (\S+)$', re.MULTILINE)
BOT = "U0MUSTER"


@dataclass(frozen=True)
class Scale:
    """`minute` is Slack's, in seconds; `own` of a storm's incidents have rooms before it is one; `p1` seconds."""

    incidents: int
    seconds: float
    minute: float
    own: int
    p1: float
    drained: float


CI = Scale(incidents=45, seconds=4.0, minute=5.0, own=6, p1=3.0, drained=40.0)
FULL = Scale(incidents=500, seconds=60.0, minute=60.0, own=10, p1=3.0, drained=1200.0)


@dataclass
class Storm:
    """What came of it. Times are in seconds."""

    books: Books
    p1_room: float = 0.0
    p1_card: float = 0.0
    drained: float = 0.0
    waits: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)  # of a bare server on the same machine at the same time
    cards: Counter[str] = field(default_factory=Counter)
    rooms: int = 0
    umbrellas: int = 0
    announcements: int = 0
    linked: int = 0
    undelivered: int = 0
    given_up: dict[str, float] = field(default_factory=dict)

    def figures(self, scale: Scale) -> list[Figure]:
        calls, refused, asked = self.books.calls.total(), self.books.refused.total(), len(self.waits)
        whole = sum(self.cards[f"INC-{number}"] == 1 for number in range(1, scale.incidents + 1))
        return [
            Figure("incidents whose card stands exactly once", whole, "", scale.incidents, at_least=True),
            Figure("incidents linked in PagerDuty", self.linked, "", scale.incidents, at_least=True),
            Figure("effects given up, webhooks refused", sum(self.given_up.values()) + self.undelivered, "", 0),
            Figure(f"calls of {calls} answered 429", 100 * refused / calls, "%", 1.0),
            Figure("times Slack said Retry-After", refused, "", 1, at_least=True),
            Figure("calls before Retry-After was over", self.books.came_too_soon.total(), "", 0),
            Figure("the P1 that came last → its room", self.p1_room, "s", scale.p1),
            Figure("the P1 that came last → its card there", self.p1_card, "s", scale.p1),
            Figure(
                f"slash command answered meanwhile, p99 of {asked}",
                percentile(self.waits, 99),
                "ms",
                50.0,
                floor=percentile(self.floor, 99),
            ),
            Figure("rooms, umbrellas among them", self.rooms, "", 3 * (scale.own + 1) + 1),
            Figure("announcements", self.announcements, "", 3 * (scale.own + 1) + 1),
            Figure("all is done after", self.drained, "s", scale.drained),
        ]


async def measure(scale: Scale, folder: Path, database_url: str | None = None) -> Storm:
    storm = Storm(Books(scale.minute))
    async with Simulator() as simulator:
        simulator.slack.tiers, simulator.slack.api.tiers = True, storm.books
        simulator.slack.channel("incidents").members.add(BOT)
        environ = settings(simulator, folder, {"DATABASE_URL": database_url} if database_url else {})
        _choose(Path(environ["MUSTER_CONFIG"]), scale)
        module = ("tests.promises.storm_bot", str(scale.minute))
        bare = ("tests.bench.bare", str(folder / "bare.db"))
        async with (
            server(*module, log=folder / "log", environ=environ) as bot,
            server(*bare, log=folder / "bare.log") as beside,
            _people(beside.url, expected=404) as storm.floor,
        ):
            simulator.bot_url = bot.url
            await _rage(simulator, bot.url, scale, storm)
        _look(simulator, storm)
    return storm


def _choose(config: Path, scale: Scale) -> None:
    choices = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**choices, "storm": {"incidents": scale.own}}))


async def _rage(simulator: Simulator, url: str, scale: Scale, storm: Storm) -> None:
    began = time.monotonic()
    async with _people(url) as storm.waits, httpx.AsyncClient(base_url=url) as client:
        for nth in range(scale.incidents - 1):
            service = SERVICES[nth % len(SERVICES)]
            await simulator.pagerduty.trigger(f"{service} trouble {nth}", service=service)
            await asyncio.sleep(max(0.0, began + (nth + 1) * scale.seconds / scale.incidents - time.monotonic()))
        last = await simulator.pagerduty.trigger("Everything is down", service="Checkout", priority="P1")
        await _its_room(simulator, last, storm)
        await eventually(lambda: _is_drained(simulator, client), within=scale.drained)
        storm.drained = time.monotonic() - began
        said = (await client.get("/metrics")).text
        storm.given_up = {kind: float(count) for kind, count in GIVEN_UP.findall(said)}


async def _its_room(simulator: Simulator, incident: Incident, storm: Storm) -> None:
    """Its number with us is not known outside, its title is."""
    began = time.monotonic()
    channels = simulator.slack.channels

    def room() -> str | None:
        return next((one.id for one in channels.values() if one.name.endswith("everything-is-down")), None)

    channel = await eventually(room, within=90.0)
    storm.p1_room = time.monotonic() - began
    await eventually(lambda: any(one.blocks for one in channels[channel].messages), within=90.0)
    storm.p1_card = time.monotonic() - began


async def _is_drained(simulator: Simulator, client: httpx.AsyncClient) -> bool:
    if not simulator.pagerduty.webhooks.idle:
        return False
    await asyncio.sleep(0.1)  # asked too often, the question itself would be the load
    owed = OWED.search((await client.get("/metrics")).text)
    return bool(owed) and float(owed[1]) == 0


@asynccontextmanager
async def _people(url: str, *, expected: int = 200) -> AsyncIterator[list[float]]:
    """Who ask all the time; how many milliseconds each waited, known in the end. The first are told nothing before
    Slack has introduced them, and do not count."""
    pipe, waits = asyncio.subprocess.PIPE, list[float]()
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.promises.storm_people", url, "0.05", env=ENVIRON, stdin=pipe, stdout=pipe
    )
    try:
        yield waits
    finally:
        said, _ = await asking.communicate(b"")
        heard = json.loads(said)
        if set(heard["statuses"]) != {expected}:
            raise RuntimeError(f"answered {set(heard['statuses'])}")
        waits += heard["milliseconds"][10:]


def _look(simulator: Simulator, storm: Storm) -> None:
    """What stands in Slack and in PagerDuty when all is done."""
    made = [one for one in simulator.slack.channels.values() if one.name.startswith(("inc-", "storm-"))]
    storm.rooms, storm.umbrellas = len(made), sum(one.name.startswith("storm-") for one in made)
    posted = [message.metadata for one in made for message in one.messages if message.metadata]
    keys = [metadata["event_payload"]["key"] for metadata in posted]
    storm.cards = Counter(key.split(":")[1] for key in keys if key.startswith("card:"))
    announced = [one for one in simulator.slack.channel("incidents").messages if one.bot_id]
    storm.announcements = len([one for one in announced if "checkpoint" not in one.text.casefold()])
    storm.linked = sum(len(incident.notes) == 1 for incident in simulator.pagerduty.incidents)
    storm.undelivered = sum(each.outcome != "delivered" for each in simulator.pagerduty.deliveries)


@contextmanager
def _database(is_postgres: bool) -> Iterator[str | None]:
    """None: SQLite, in the folder."""
    if not is_postgres:
        yield None
        return
    with postgres.server() as url, postgres_database(url) as fresh:
        yield fresh


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    scale = FULL if asked.full else CI
    with tempfile.TemporaryDirectory() as folder, _database(asked.postgres) as url:
        storm = asyncio.run(measure(scale, Path(folder), url))
    figures = storm.figures(scale)
    print(f"{scale.incidents} incidents in {scale.seconds:g} s, Slack's minute lasting {scale.minute:g} s")
    print(table(figures))
    print(f"calls: {dict(storm.books.calls)}; 429: {dict(storm.books.refused)}; umbrellas: {storm.umbrellas}")
    return int(any(figure.verdict == "SHORT" for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
