"""Self-healing: what no webhook told is found by Muster itself, and told late without noise.

`python -m tests.promises.healing --full` does it at full length on both databases.
"""

import asyncio
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from freezegun import freeze_time
from freezegun.api import TickingDateTimeFactory

from bot.clock import strike
from bot.domain.events import Entry
from bot.domain.incident import Incident
from bot.simulator import Simulator
from bot.simulator.pagerduty.incident import Incident as Page
from bot.simulator.pagerduty.incident import LogEntry
from bot.simulator.pagerduty.webhooks import Retries
from bot.simulator.slack.model import Channel, Message
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.journeys.town import MONDAY, Town, a_bot_in, outside

TICKS = ("watch_subscriptions", "reconcile", "mend_rooms", "look_for_rooms")
MINUTE = timedelta(minutes=1)
PATIENCE = 150.0  # seconds: many rooms at once wait for Slack's tiers
SAME = timedelta(seconds=2)
ALL, NONE, SOME = (100.0, 100.0), (0.0, 0.0), (1.0, math.inf)
PROMISED = {
    "outages": {
        "minutes until switched on again, at most": (0.0, 5.0), "log entries": SOME, "of them on a timeline, %": ALL,
        "twice": NONE, "duplicate rooms": NONE,
    },
    "flood": {
        "webhooks": SOME, "messages per room, at most": (1.0, 3.0), "rooms for what is over": NONE, "rooms": SOME,
        "duplicate rooms": NONE, "incidents that stand otherwise than in PagerDuty": NONE,
    },
    "restored": {
        "incidents of the hour": SOME, "log entries": SOME, "of them on a timeline, %": ALL, "twice": NONE,
        "incidents without a gap marked": NONE, "rooms adopted": SOME, "other rooms": NONE, "duplicate rooms": NONE,
        "messages twice": NONE,
    },
}  # fmt: skip
"""Of each story's figures: the least and the most."""
WORD = {"trigger": "triggered", "resolve": "resolved", "acknowledge": "acknowledged", "annotate": "annotated",
        "escalate": "escalated", "assign": "triggered"}  # fmt: skip
"""Log entry → the webhook that tells it, for what happens here."""


@dataclass
class Figures:
    """What was measured, by name."""

    found: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return " · ".join(f"{name}: {value:g}" for name, value in self.found.items())


def wrongs(story: str, figures: Figures) -> list[str]:
    """What is not as promised, and what was not measured."""
    bounds = PROMISED[story]
    found = {name: figures.found.get(name, math.nan) for name in bounds}
    return [f"{name}: {found[name]:g}" for name, (least, most) in bounds.items() if not least <= found[name] <= most]


class Day:
    """A town whose clock is ours. PagerDuty gives up a webhook after a few quick tries, as it does after 48 hours."""

    def __init__(self, simulator: Simulator, clock: TickingDateTimeFactory) -> None:
        self.simulator, self.clock = simulator, clock
        self.pagerduty = simulator.pagerduty
        self.rng = random.Random(7)
        simulator.pagerduty.webhooks.retries = Retries(answer_within=2.0, tries=2, first=0.01, longest=0.02)

    @property
    def subscription_is_off(self) -> bool:
        return self.pagerduty.subscriptions[0].temporarily_disabled

    async def minutes(
        self, town: Town, wanted: int, *, step: int = 1, until: Callable[[], bool] = lambda: False
    ) -> int:
        """Let so many minutes pass, with the ticks of every `step`, or fewer: until something is true. How many."""
        for minute in range(step, wanted + 1, step):
            self.clock.tick(step * MINUTE)
            for name in TICKS:
                await strike(town.database, name)
            await town.settled(within=PATIENCE)
            if until():
                return minute
        return wanted

    async def something_happens(self, pages: list[Page]) -> None:
        """In PagerDuty's own app."""
        page = self.rng.choice(pages)
        await self.rng.choice(
            [lambda: self.pagerduty.annotate(page, f"note {self.rng.random()}", by="Bob"),
             lambda: self.pagerduty.acknowledge(page, by="Bob")]
        )() if page.is_open else await self.pagerduty.annotate(page, "afterwards", by="Carol")  # fmt: skip
        self.clock.tick(timedelta(seconds=5))


@asynccontextmanager
async def a_day() -> AsyncIterator[Day]:
    with freeze_time(MONDAY - timedelta(hours=1), tick=True, real_asyncio=True) as clock:
        async with outside() as simulator:
            clock.move_to(MONDAY)
            yield Day(simulator, clock)


async def known(town: Town, page: Page) -> Incident | None:
    return await town.database.read(lambda tx: tx.incident_by_pagerduty_id(page.id))


async def told_by(town: Town, page: Page) -> list[Entry]:
    ours = await known(town, page)
    return await town.timeline(ours.number) if ours else []


async def coverage(town: Town) -> tuple[int, int, int]:
    """Of PagerDuty's log entries: how many there are, how many stand on a timeline, how many stand there twice."""
    there = standing = doubled = 0
    for page in town.pagerduty.incidents:
        timeline = await told_by(town, page)
        for entry in page.log:
            tellings = _tellings(entry, timeline)
            there, standing, doubled = there + 1, standing + bool(tellings), doubled + (tellings > 1)
    return there, standing, doubled


def _tellings(entry: LogEntry, timeline: list[Entry]) -> int:
    kind = f"incident.{WORD.get(entry.type.removesuffix('_log_entry'), '-')}"
    by_key = any(one.key == f"pagerduty-log:{entry.id}" for one in timeline)
    by_webhook = any(
        one.kind == kind and one.origin == "pagerduty.webhook" and abs(one.at - entry.at) <= SAME
        and one.actor.name == (entry.agent_name or "PagerDuty") for one in timeline
    )  # fmt: skip
    return by_key + by_webhook


def rooms(simulator: Simulator) -> list[Channel]:
    return [one for one in simulator.slack.channels.values() if "inc-" in one.name]


def second_rooms(simulator: Simulator) -> int:
    """Rooms beyond the first of an incident, which its card or its purpose names."""
    return sum(count - 1 for count in Counter(one.purpose for one in rooms(simulator)).values())


async def outages(database_url: str, *, full: bool = False) -> Figures:
    """R1f: the secret is wrong for an hour, the endpoint is gone for 50, the subscription is switched off."""
    async with a_day() as day:
        async with a_bot_in(day.simulator, database_url) as town:
            await day.minutes(town, 2, step=2)
            pages = [await day.pagerduty.trigger(f"Checkout is down, {nth}") for nth in range(3)]
            await town.settled(within=30)
            waits = [await _wrong_secret(day, town, pages, full=full), await _switched_off(day, town, pages)]
        day.simulator.bot_url = None
        await _gone_for_two_days(day, pages)
        async with a_bot_in(day.simulator, database_url) as town:
            waits.append(await day.minutes(town, 15, until=lambda: not day.subscription_is_off))
            await day.minutes(town, 12, step=6)
            there, standing, doubled = await coverage(town)
    return Figures({
        "minutes until switched on again, at most": max(waits), "log entries": there,
        "of them on a timeline, %": 100 * standing / there, "twice": doubled,
        "duplicate rooms": second_rooms(day.simulator), "rooms": len(rooms(day.simulator)),
    })  # fmt: skip


async def _wrong_secret(day: Day, town: Town, pages: list[Page], *, full: bool) -> int:
    subscription = day.pagerduty.subscriptions[0]
    right, subscription.secrets = subscription.secrets, ["somebody else's"]
    for _ in range(12 if full else 1):
        for _ in range(4):
            await day.something_happens(pages)
        await day.pagerduty.settled(30)
        await day.minutes(town, 5, step=5)
    for nth in range(4):
        await day.pagerduty.annotate(pages[0], f"refused {nth}", by="Bob")
        day.clock.tick(timedelta(seconds=3))
        await day.pagerduty.settled(30)
    assert day.subscription_is_off
    subscription.secrets = right
    waited = await day.minutes(town, 15, until=lambda: not day.subscription_is_off)
    await day.minutes(town, 6, step=6)
    return waited


async def _switched_off(day: Day, town: Town, pages: list[Page]) -> int:
    """What happens meanwhile is told to nobody: an incident begins, is worked on and ends; another goes on."""
    day.pagerduty.subscriptions[0].disabled_until = datetime.now(UTC) + timedelta(hours=24)
    await day.something_happens(pages)
    brief = await day.pagerduty.trigger("Search is slow", service="Search")
    day.clock.tick(timedelta(seconds=30))
    await day.pagerduty.resolve(brief, by="Carol")
    pages.append(await day.pagerduty.trigger("Payments are refused", service="Payments"))
    waited = await day.minutes(town, 15, until=lambda: not day.subscription_is_off)
    await day.minutes(town, 12, step=6)
    return waited


async def _gone_for_two_days(day: Day, pages: list[Page]) -> None:
    """Muster is not there for 50 hours, and what PagerDuty could not deliver for 48 it drops."""
    for _ in range(10):
        day.clock.tick(timedelta(hours=5))
        await day.something_happens(pages)
        await day.pagerduty.settled(30)
    await day.pagerduty.resolve(pages[0], by="Bob")
    pages.append(await day.pagerduty.trigger("Checkout is down again"))
    await day.pagerduty.settled(30)


async def flood(database_url: str, *, full: bool = False) -> Figures:
    """R3e: six hours of webhooks at once, a fifth of them twice, in no order; some incidents are over by then."""
    begun, later = (10, 20) if full else (3, 5)
    async with a_day() as day, a_bot_in(day.simulator, database_url) as town:
        pages = [await day.pagerduty.trigger(f"Down {nth}") for nth in range(begun)]
        await town.settled(within=120)
        said = {room.id: len(_by_muster(room)) for room in rooms(day.simulator)}
        held = len(day.pagerduty.deliveries)
        town.faults.add("webhook:*", down=True)
        pages += [await day.pagerduty.trigger(f"Down later {nth}") for nth in range(later)]
        for step in range(12):
            for page in pages:
                day.clock.tick(timedelta(seconds=1))
                await _worked_on(day, page, step, ends=pages.index(page) % 2 == 0)
            day.clock.tick(timedelta(minutes=30))
        await day.pagerduty.settled(60)
        backlog = [(one.body, one.headers()) for one in day.pagerduty.deliveries[held:]]
        backlog += day.rng.sample(backlog, len(backlog) // 5)
        day.rng.shuffle(backlog)
        await _sent(f"{day.simulator.bot_url}/pagerduty/webhook", backlog)
        for one in day.pagerduty.deliveries[held:]:
            one.outcome = "delivered"  # so that the town is settled once they are read
        await town.settled(within=300)
        ours = [await known(town, page) for page in pages]
        after = {room.id: len(_by_muster(room)) - said.get(room.id, 0) for room in rooms(day.simulator)}
        opened = [one for one, page in zip(ours, pages, strict=True) if one and one.room and not page.is_open]
        wrong = [one for one, page in zip(ours, pages, strict=True) if not one or one.status != page.status]
    return Figures({
        "webhooks": len(backlog), "messages per room, at most": max(after.values()),
        "rooms for what is over": len(opened) - (begun + 1) // 2, "rooms": len(after),
        "duplicate rooms": second_rooms(day.simulator),
        "incidents that stand otherwise than in PagerDuty": len(wrong),
    })  # fmt: skip


async def _worked_on(day: Day, page: Page, step: int, *, ends: bool) -> None:
    if step == 11 and ends:
        await day.pagerduty.resolve(page, by="Bob")
    elif step == 0:
        await day.pagerduty.acknowledge(page, by="Bob")
    else:
        await day.pagerduty.annotate(page, f"step {step}", by="Bob")


def _by_muster(room: Channel) -> list[str]:
    return [message.text for message in room.messages if message.bot_id]


async def _sent(url: str, backlog: list[tuple[bytes, dict[str, str]]]) -> None:
    async with aiohttp.ClientSession() as session:

        async def post(body: bytes, headers: dict[str, str]) -> int:
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status

        statuses = await asyncio.gather(*(post(*one) for one in backlog))
    assert set(statuses) == {202}


async def restored(database_url: str, copied: Callable[[], str], *, full: bool = False) -> Figures:
    """R11b: a backup of an hour ago takes the place of the database, and the hour comes back."""
    async with a_day() as day:
        async with a_bot_in(day.simulator, database_url) as town:
            await day.minutes(town, 6, step=6)
            pages = [await day.pagerduty.trigger("Before the backup")]
            await town.settled(within=30)
        backup = copied()
        async with a_bot_in(day.simulator, database_url) as town:
            for nth in range(20 if full else 4):
                pages.append(await day.pagerduty.trigger(f"In the lost hour {nth}"))
                await town.settled(within=30)
                await day.minutes(town, 2, step=2)
                await day.something_happens(pages)
            await day.pagerduty.resolve(pages[1], by="Bob")
            await day.minutes(town, 6, step=6)
            before = {page.id: await _room_of(town, page) for page in pages}
        day.clock.tick(timedelta(minutes=10))
        day.pagerduty.deliveries.clear()  # the backup knows nothing of those
        async with a_bot_in(day.simulator, backup) as town:
            await day.minutes(town, 12, step=6)
            there, standing, doubled = await coverage(town)
            after = {page.id: await _room_of(town, page) for page in pages if page.is_open}
            timelines = [await told_by(town, page) for page in pages]
            twice = _repeated(day.simulator)
    return Figures({
        "incidents of the hour": len(pages) - 1, "log entries": there,
        "of them on a timeline, %": 100 * standing / there, "twice": doubled,
        "gaps marked": sum(_gaps(timeline) for timeline in timelines),
        "incidents without a gap marked": sum(not _gaps(timeline) for timeline in timelines[1:]),
        "rooms adopted": sum(room == before[page] for page, room in after.items()) - 1,
        "other rooms": sum(room != before[page] for page, room in after.items()),
        "duplicate rooms": second_rooms(day.simulator), "messages twice": twice,
    })  # fmt: skip


def _gaps(timeline: list[Entry]) -> int:
    return sum(one.kind == "ledger.gap_found" for one in timeline)


async def _room_of(town: Town, page: Page) -> str | None:
    found = await known(town, page)
    return found.room.channel if found and found.room else None


def _repeated(simulator: Simulator) -> int:
    channels = simulator.slack.channels.values()
    keys = Counter(_subject(one) for room in channels for one in room.messages if one.metadata)
    return sum(count - 1 for count in keys.values())


def _subject(message: Message) -> str:
    """A backup numbers its checkpoints on from its own last one, so those of the lost hour were others."""
    key = str(message.metadata["event_payload"]["key"])
    return f"{key} {message.text}" if key.startswith("checkpoint:") else key


@contextmanager
def databases(server: str | None) -> Iterator[tuple[str, Callable[[], str]]]:
    """A new database, and how to copy it: SQLite without a server, Postgres in one."""
    with ExitStack() as stack:
        if server is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-healing-")))
            url = f"sqlite:///{folder / 'muster.db'}"
            migrated(url)
            yield url, lambda: _copied_file(folder)
        else:
            url = stack.enter_context(postgres_database(server))
            migrated(url)
            yield url, lambda: stack.enter_context(postgres_database(server, template=name_in(url)))


def name_in(url: str) -> str:
    return sa.make_url(url).database or ""


def _copied_file(folder: Path) -> str:
    copy = folder / "backup.db"
    copy.write_bytes((folder / "muster.db").read_bytes())
    return f"sqlite:///{copy}"


STORIES: tuple[Callable[..., Awaitable[Figures]], ...] = (outages, flood, restored)


async def told(story: Callable[..., Awaitable[Figures]], server: str | None, *, full: bool = False) -> list[str]:
    """What is wrong."""
    with databases(server) as (url, copied):
        more = (copied,) if story is restored else ()
        figures = await story(url, *more, full=full)
    print(f"\nhealing, {story.__name__}, {'PostgreSQL' if server else 'SQLite'}: {figures}", flush=True)
    wrong = wrongs(story.__name__, figures)
    if wrong:
        print(f"WRONG: {' · '.join(wrong)}", flush=True)
    return wrong


def exit_code(
    stories: Iterable[Callable[..., Awaitable[Figures]]], servers: Iterable[str | None], *, full: bool
) -> int:
    wrong = [asyncio.run(told(story, where, full=full)) for story, where in product(stories, servers)]
    return int(any(wrong))


def main() -> int:
    with postgres.server() as server:
        return exit_code(STORIES, (None, server), full="--full" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
