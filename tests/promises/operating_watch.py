"""Muster watches itself: what is late is a page, over by itself, and never a cause of itself.

python -m tests.promises.operating_watch [--full]
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from freezegun import freeze_time
from freezegun.api import TickingDateTimeFactory

from bot.domain.watch import TOO_LATE
from bot.outbound import trusted
from bot.pagerduty.events import EventsApi
from bot.simulator import Simulator
from bot.simulator.pagerduty.incident import Incident
from bot.watch import Watchman
from tests.eventually import eventually
from tests.journeys.town import MONDAY, Town, a_bot_in, outside
from tests.promises.serving import databases

DEDUP_KEY = "muster-watch:muster"  # what the bot's own routing knows for its own


@dataclass
class Figure:
    outages: int = 0
    pages: int = 0
    resolved: int = 0
    own_rooms: int = 0
    rooms: int = 0

    def __str__(self) -> str:
        return (
            f"{self.outages} outages of Slack: {self.pages} pages, {self.resolved} resolved by themselves,"
            f" {self.own_rooms} rooms opened for them, {self.rooms} for the {self.outages} incidents meanwhile"
        )

    @property
    def holds(self) -> bool:
        return self.pages == self.resolved == self.outages == self.rooms and not self.own_rooms


def pages(simulator: Simulator) -> list[Incident]:
    return [one for one in simulator.pagerduty.incidents if one.title.startswith("Muster is behind")]


@asynccontextmanager
async def watched(town: Town) -> AsyncIterator[None]:
    """By a watchman who looks more often than one does."""
    key = town.pagerduty.service("Payments").integrations[0].key
    async with httpx.AsyncClient(verify=trusted(), trust_env=False) as http:
        events = EventsApi(http, url=f"{town.simulator.url}/events")
        watchman = Watchman(town.database, events, routing_key=key, dedup_key=DEDUP_KEY, every=0.1)
        running = asyncio.create_task(watchman.run())
        yield
        watchman.stop()
        await running


async def outage(town: Town, clock: TickingDateTimeFactory, nth: int) -> None:
    town.faults.switch("slack-down", on=True)
    await town.pagerduty.trigger(f"Checkout is down {nth}", service="Checkout", urgency="high")
    await eventually(lambda: owes_a_room(town))
    clock.tick(timedelta(seconds=TOO_LATE + 1))
    await eventually(lambda: len(pages(town.simulator)) == nth + 1, within=20)
    town.faults.switch("slack-down", on=False)
    await town.settled(within=30)

    def is_resolved_as_time_passes() -> bool:
        clock.tick(timedelta(seconds=1))
        return pages(town.simulator)[-1].status == "resolved"

    await eventually(is_resolved_as_time_passes, within=20)
    await town.settled(within=30)


async def owes_a_room(town: Town) -> bool:
    return (await town.database.read(lambda tx: tx.owed())).late > 0


async def measured(outages: int, url: str) -> Figure:
    with freeze_time(MONDAY, tick=True, real_asyncio=True) as clock:
        async with outside() as simulator, a_bot_in(simulator, url) as town, watched(town):
            for nth in range(outages):
                await outage(town, clock, nth)
            rooms = {"own": 0, "others": 0}
            for one in simulator.pagerduty.incidents:
                known = await town.database.read(lambda tx, one=one: tx.incident_by_pagerduty_id(one.id))  # type: ignore[misc]
                rooms["own" if one in pages(simulator) else "others"] += known is None or known.room is not None
            resolved = sum(page.status == "resolved" for page in pages(simulator))
            return Figure(outages, len(pages(simulator)), resolved, rooms["own"], rooms["others"])


if __name__ == "__main__":
    with databases() as found:
        outages = 20 if "--full" in sys.argv else 2
        figures = {name: asyncio.run(measured(outages, urls[0])) for name, urls in found.items()}
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    sys.exit(not all(figure.holds for figure in figures.values()))
