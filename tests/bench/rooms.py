"""From PagerDuty's page to the card in the room, and to the whole room, with a quick Slack and with a slow one."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.simulator import Simulator
from bot.simulator.slack.model import Channel
from tests.bench.figure import Figure, Scale, percentile
from tests.bench.machine import quiet
from tests.bench.processes import answer_of, muster

LATENCIES = (0.0, 0.1)  # seconds that each call to Slack takes
TARGETS = {0.1: (230.0, 340.0)}  # milliseconds: the card, the whole room
WITHIN = 20.0  # seconds
MEMBERS = {"U0ALICE", "U0BOB", "U0MUSTER"}  # both of Checkout's levels, and the bot


@dataclass(frozen=True)
class Opened:
    """Milliseconds since PagerDuty knew."""

    card: float
    whole: float


async def measure(scale: Scale, folder: Path) -> list[Figure]:
    return [figure for latency in LATENCIES for figure in await _with(latency, scale, folder)]


async def _with(latency: float, scale: Scale, folder: Path) -> list[Figure]:
    """The first room of a process, for which people are looked up and connections made, is reported by itself."""
    database = f"sqlite:///{folder / f'{latency}.db'}"
    async with Simulator() as simulator, muster(simulator, folder, DATABASE_URL=database):
        simulator.faults.add("slack:*", latency=latency)
        await quiet(scale.patience)
        first, *rest = [await _opened(simulator) for _ in range(scale.rooms + 1)]
    floor = await _floor(latency, scale)
    card, whole = (percentile([getattr(one, what) for one in rest], 50) for what in ("card", "whole"))
    name, (card_limit, whole_limit) = f"{latency * 1000:.0f} ms a Slack call", TARGETS.get(latency, (None, None))
    return [
        Figure(f"page → card, {name}", card, "ms", card_limit, floor=floor.card),
        Figure(f"page → whole room, {name}", whole, "ms", whole_limit, floor=floor.whole),
        Figure(f"page → whole room, {name}, the first", first.whole, "ms", floor=floor.whole),
    ]


async def _opened(simulator: Simulator) -> Opened:
    number = len(simulator.pagerduty.incidents) + 1
    began = time.perf_counter()
    incident = await simulator.pagerduty.trigger("Checkout returns 500", service="Checkout")
    card = await _until(simulator, lambda: _has_card(simulator, number))
    whole = await _until(simulator, lambda: bool(incident.notes) and _is_whole(simulator, number))
    await simulator.pagerduty.settled()
    await simulator.slack.settled()
    return Opened((card - began) * 1000, (whole - began) * 1000)


async def _until(simulator: Simulator, is_so: Callable[[], bool]) -> float:
    """When it became so; looked at whenever the simulator says that something changed."""
    changes = simulator.news.changes()
    try:
        async with asyncio.timeout(WITHIN):
            coming = asyncio.ensure_future(anext(changes))
            while not is_so():
                await coming
                coming = asyncio.ensure_future(anext(changes))
            coming.cancel()
            return time.perf_counter()
    finally:
        await asyncio.gather(coming, return_exceptions=True)
        await changes.aclose()


def _room(simulator: Simulator, number: int) -> Channel | None:
    prefix = f"inc-{number}-"
    return next((room for room in simulator.slack.channels.values() if room.name.startswith(prefix)), None)


def _has_card(simulator: Simulator, number: int) -> bool:
    room = _room(simulator, number)
    return any(message.blocks for message in room.messages) if room else False


def _is_whole(simulator: Simulator, number: int) -> bool:
    room = _room(simulator, number)
    announced = len(simulator.slack.channel("incidents").messages) >= number
    return bool(
        room and announced and room.pins and room.topic and room.purpose and len(room.bookmarks) == 3
        and room.members >= MEMBERS
    )  # fmt: skip


async def _floor(latency: float, scale: Scale) -> Opened:
    """The same calls by a bare script, as early as each can be made."""
    async with Simulator() as simulator:
        simulator.slack.channel("incidents").members.add(simulator.slack.user("muster").id)
        simulator.faults.add("slack:*", latency=latency)
        incident = await simulator.pagerduty.trigger("Checkout returns 500", service="Checkout")
        said = await answer_of("tests.bench.ideal", simulator.url, incident.id, str(scale.rooms))
    return Opened(percentile(said["card"], 50), percentile(said["whole"], 50))
