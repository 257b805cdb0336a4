"""What was asked for while PagerDuty was down is done once, or dropped with a word: never on top of what others did.

`python -m tests.promises.healing_pending --full` plays 10,000 interleavings on each database.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import httpx
from freezegun import freeze_time
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.events import Entry
from bot.domain.events.requests import AcknowledgeRequested, ReopenRequested, ResolveRequested
from bot.domain.incident import Subject
from bot.domain.job import Claim
from bot.domain.people import Actor, Person
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing, Rule
from bot.effects.world import World
from bot.pagerduty.events import EventsApi
from bot.pagerduty.meaning import understood
from bot.pagerduty.pace import Gate
from bot.pagerduty.rest import PagerDuty
from bot.simulator import Simulator, credentials
from bot.simulator.faults import Fault
from bot.simulator.pagerduty.account import Happening
from bot.simulator.pagerduty.incident import Incident as Page
from bot.slack.client import Slack
from bot.slack.pace import Gate as SlackGate
from bot.tenure import Instant
from bot.worker import Worker
from storage import Database, Transaction
from tests import postgres
from tests.databases import BOTH
from tests.journeys.town import MONDAY
from tests.promises.healing import databases

REQUESTS = {"acknowledge": AcknowledgeRequested, "resolve": ResolveRequested, "reopen": ReopenRequested}
FROM = {"acknowledge": {"triggered"}, "resolve": {"triggered", "acknowledged"}, "reopen": {"resolved"}}
TO = {"acknowledge": "acknowledged", "resolve": "resolved", "reopen": "triggered", "unacknowledge": "triggered"}
CALLED = {"incident.acknowledged": "acknowledge", "incident.resolved": "resolve", "incident.reopened": "reopen",
          "incident.unacknowledged": "unacknowledge"}  # fmt: skip
AT_ONCE = 250  # interleavings on one database
FOR_A_DAY, YOUNG = timedelta(hours=24), timedelta(minutes=1, seconds=1)
"""What counts as young is looked at a round trip before PagerDuty does it, which on a busy machine is the second."""
ASKERS = {"U0ALICE": "Alice Andersen", "U0BOB": "Bob Brown"}


@dataclass(frozen=True)
class Asked:
    verb: str
    by: str
    at: datetime


@dataclass
class Play:
    """One incident's life, and what was found wrong with it."""

    page: Page
    asked: list[Asked] = field(default_factory=list)
    done: list[tuple[str, str, str, datetime]] = field(default_factory=list)  # verb, by whom, from which status, when
    told: int = 0


class Stage:
    """The ledger, the worker and PagerDuty, without the rest of Muster; the clock is ours."""

    def __init__(self, simulator: Simulator, database: Database, world: World, clock: object, seed: int) -> None:
        self.pagerduty, self.faults, self.database = simulator.pagerduty, simulator.faults, database
        self.worker, self.clock = Worker(world), clock
        self.rng = random.Random(seed)
        self.on_their_way: list[bytes] = []
        self.down: Fault | None = None
        self.pagerduty.account.tell = self._told
        self.play: Play

    def _told(self, happening: Happening) -> None:
        self.on_their_way.append(json.dumps(happening.body).encode())
        verb = CALLED.get(happening.event_type)
        if verb:
            agent = happening.body["event"]["agent"] or {}
            self.play.done.append((verb, agent.get("summary", ""), self._before, datetime.now(UTC)))
            self._before = TO[verb]

    async def interleave(self, steps: int) -> Play:
        """One incident, `steps` things that happen to it in a random order, and the end: PagerDuty is there again."""
        self._before = "triggered"
        self.play = Play(page=None)  # type: ignore[arg-type]
        self.play.page = await self.pagerduty.trigger("Checkout is down", urgency="low")
        self._hear(all_of=True)
        acts: tuple[Callable[[], Awaitable[None] | None], ...] = (
            self._press, self._press, self._elsewhere, self._outage, self._lose_reply, self._wait, self._wait,
            self._hear,
        )  # fmt: skip
        for _ in range(steps):
            if waiting := self.rng.choice(acts)():
                await waiting
            self.clock.tick(timedelta(seconds=self.rng.randint(2, 5)))  # type: ignore[attr-defined]
            if self.rng.random() < 0.5:
                await self.work()
        self.faults.clear()
        self.down = None
        while await self.work() or self._owes():
            self.clock.tick(timedelta(seconds=31))  # type: ignore[attr-defined]
        self._hear(all_of=True)
        return self.play

    def _press(self) -> None:
        verb = self.rng.choice([*REQUESTS])
        slack_id = self.rng.choice([*ASKERS])
        now = datetime.now(UTC)
        event = REQUESTS[verb](
            subject=Subject(pagerduty_id=self.play.page.id), at=now, by=Actor("responder", slack_id, ASKERS[slack_id]),
            key=f"press:{self.rng.random()}", origin="slack.button",
        )  # fmt: skip
        before = self.database.submit(lambda tx: tx.find(event.subject)).result()
        self.database.submit(lambda tx: tx.record(event)).result()
        if before and verb not in before.pending:
            self.play.asked.append(Asked(verb, ASKERS[slack_id], now))

    async def _elsewhere(self) -> None:
        """Carol, in PagerDuty's own app; or an acknowledgement lapses."""
        possible = [verb for verb, status in FROM.items() if self.play.page.status in status]
        verb = self.rng.choice([*possible, *(["unacknowledge"] if self.play.page.status == "acknowledged" else [])])
        await getattr(self.pagerduty, verb)(self.play.page, by="Carol")

    def _outage(self) -> None:
        if self.down:
            self.faults.remove(self.down)
            self.down = None
        else:
            self.down = self.faults.add("pagerduty:*", down=True)

    def _lose_reply(self) -> None:
        self.faults.add("pagerduty:PUT *", lost_reply=True, times=1)

    def _wait(self) -> None:
        self.clock.tick(timedelta(seconds=self.rng.choice([5, 40, 600, 7200, 20 * 3600])))  # type: ignore[attr-defined]

    def _hear(self, *, all_of: bool = False) -> None:
        """Webhooks come late, out of order, or never."""
        self.rng.shuffle(self.on_their_way)
        left = 0 if all_of else len(self.on_their_way) // 2
        while len(self.on_their_way) > left:
            event = understood(self.on_their_way.pop())
            self.database.submit(lambda tx, event=event: tx.record(event)).result()  # type: ignore[misc]

    async def work(self) -> int:
        """Whatever is due: what PagerDuty is asked for by the real worker, the rest put aside. How many jobs."""
        claims = await self.database.write(lambda tx: tx.claim(64))
        for claim in claims:
            if claim.job.kind in REQUESTS:
                await self.worker._pay(claim, Instant.now())
            else:
                self.play.told += claim.job.kind == "tell" and "Not done" in str(claim.job.arguments.get("text"))
                await self.database.write(lambda tx, claim=claim: _put_aside(tx, claim))  # type: ignore[misc]
        return len(claims)

    def _owes(self) -> bool:
        owed = self.database.submit(lambda tx: tx.owed()).result()
        return bool(owed.waiting + owed.running + owed.late)

    async def timeline(self) -> list[Entry]:
        found = await self.database.read(lambda tx: tx.incident_by_pagerduty_id(self.play.page.id))
        return await self.database.read(lambda tx: tx.timeline(found.name)) if found else []


def _put_aside(tx: Transaction, claim: Claim) -> None:
    tx.settle(claim)


def wrongs(play: Play, timeline: list[Entry]) -> Counter[str]:
    """By PagerDuty's own account and the ledger's: what was done that must not have been, or came to nothing."""
    found: Counter[str] = Counter()
    by_muster = [one for one in play.done if one[1] in ASKERS.values()]
    unused = list(play.asked)
    for verb, by, status, at in by_muster:
        found["illegal"] += status not in FROM[verb]
        candidates = [one for one in unused if (one.verb, one.by) == (verb, by) and one.at <= at]
        found["unasked or twice"] += not candidates
        if candidates:
            meant = min(candidates, key=lambda one: _is_stale(one, at, play))
            unused.remove(meant)
            found["stale"] += _is_stale(meant, at, play)
    dropped = sum(entry.kind == "request.dropped" for entry in timeline)
    found["without an end"] = len(play.asked) - len(by_muster) - dropped
    found["dropped without a word"] = dropped - play.told
    return +found


def _is_stale(asked: Asked, at: datetime, play: Play) -> bool:
    moved = any(by not in ASKERS.values() and asked.at < when < at for _, by, _, when in play.done)
    return at - asked.at > FOR_A_DAY + YOUNG or (moved and at - asked.at > YOUNG)


@asynccontextmanager
async def a_stage(database_url: str, *, seed: int = 1) -> AsyncIterator[Stage]:
    database = Database(database_url, Reactions(Routing(default=Rule(urgencies=(), priorities=()))))
    database.open()
    try:
        with freeze_time(MONDAY, tick=True, real_asyncio=True) as clock:
            async with Simulator() as simulator, httpx.AsyncClient() as http, aiohttp.ClientSession() as session:
                yield Stage(simulator, database, _world(simulator, database, http, session), clock, seed)
    finally:
        database.close()


def _world(simulator: Simulator, database: Database, http: httpx.AsyncClient, session: aiohttp.ClientSession) -> World:
    token, url = credentials.PAGERDUTY_API_TOKEN, f"{simulator.url}/pagerduty"
    web = AsyncWebClient("xoxb-unused", base_url=f"{simulator.url}/slack/api/", session=session, retry_handlers=[])
    for slack_id, name in ASKERS.items():
        user = simulator.pagerduty.user(name)
        person = Person(name, user.email, slack_id, user.id, checked_at=datetime(2100, 1, 1, tzinfo=UTC))
        database.submit(lambda tx, person=person: tx.remember_person(person)).result()  # type: ignore[misc]
    return World(
        database=database, slack=Slack(web, SlackGate()), events_api=EventsApi(http, url=url), routing=Routing(),
        pagerduty=PagerDuty(http, url=url, token=token, gate=Gate(10**6)),
    )  # fmt: skip


async def played(database_url: str, plays: int, *, seed: int = 1) -> tuple[Counter[str], Counter[str]]:
    """What happened, and what of it was wrong."""
    happened: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    async with a_stage(database_url, seed=seed) as stage:
        for _ in range(plays):
            play = await stage.interleave(stage.rng.randint(6, 14))
            found = wrongs(play, await stage.timeline())
            wrong += found
            done = sum(one[1] in ASKERS.values() for one in play.done)
            happened += Counter(asked=len(play.asked), done=done, dropped=play.told, elsewhere=len(play.done) - done)
    return happened, wrong


async def told(server: str | None, plays: int) -> Counter[str]:
    """In parts, each on a new database, and a line after each."""
    happened: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    where, over = "PostgreSQL" if server else "SQLite", 0
    while over < plays:
        part = min(AT_ONCE, plays - over)
        with databases(server) as (url, _):
            more, faults = await played(url, part, seed=1 + over // AT_ONCE)
        happened, wrong, over = happened + more, wrong + faults, over + part
        counts = " · ".join(f"{name}: {count}" for name, count in happened.items())
        print(f"healing, pending, {where}: {over} interleavings · {counts} · wrong: {dict(wrong) or 0}", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="10,000 on each database")
    parser.add_argument("--database", choices=BOTH, help="that one alone")
    asked = parser.parse_args()
    with postgres.server() as server:
        servers = {"sqlite": None, "postgresql": server}
        wanted = [asked.database] if asked.database else BOTH
        wrong = [asyncio.run(told(servers[one], 10_000 if asked.full else 100)) for one in wanted]
    return int(any(wrong))


if __name__ == "__main__":
    sys.exit(main())
