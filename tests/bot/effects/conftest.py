"""An incident in the pretended PagerDuty, known to our ledger, and a way to do to the world what is owed to it."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.events import Event, ServiceEvent, news
from bot.domain.events.rooms import RoomOpened
from bot.domain.incident import Incident, Subject
from bot.domain.job import Claim
from bot.domain.people import PAGERDUTY
from bot.domain.routing import Rule
from bot.effects import EFFECTS, World
from bot.simulator import Simulator
from bot.simulator.pagerduty.incident import Incident as Theirs
from bot.simulator.slack.model import Channel
from storage import Transaction
from tests.builders import claim, fact


class Scene:
    """INC-1 on Checkout, PagerDuty's own view of it (`theirs`), and its room once it is opened."""

    def __init__(self, simulator: Simulator, world: World, theirs: Theirs) -> None:
        self.simulator, self.world, self.theirs = simulator, world, theirs
        self.slack, self.pagerduty, self.faults = simulator.slack, simulator.pagerduty, simulator.faults

    def decide(self, **rule: Any) -> None:
        """What the operator's default rule says."""
        routing = dataclasses.replace(self.world.routing, default=Rule(**rule))
        self.world = dataclasses.replace(self.world, routing=routing)

    async def hear(self) -> Incident:
        """Take over how PagerDuty sees the incident now."""
        said = await self.world.pagerduty.incident(self.theirs.id)
        return await self.happens(news.LookedUp, by=PAGERDUTY, snapshot=said)

    async def happens(self, kind: type[Event], **details: Any) -> Incident:
        """Now, to this incident."""
        event = fact(kind, subject=Subject(pagerduty_id=self.theirs.id), **details)
        return await self.record(dataclasses.replace(event, at=datetime.now(UTC)))

    async def record(self, *events: Any) -> Incident:
        def record(tx: Transaction) -> None:
            for event in events:
                tx.record_for_service(event) if isinstance(event, ServiceEvent) else tx.record(event)

        await self.world.database.write(record)
        return await self.incident()

    async def incident(self) -> Incident:
        incident = await self.world.database.read(lambda tx: tx.incident(1))
        assert incident
        return incident

    async def pay(self, owed: Claim) -> list[Any]:
        """Do it, and record what it reports."""
        facts = list(await EFFECTS[owed.job.kind].run(self.world, owed))
        await self.record(*facts)
        return facts

    async def do(self, kind: str, **arguments: Any) -> list[Any]:
        return await self.pay(claim(kind, **arguments))

    async def twice(self, kind: str, **arguments: Any) -> list[Any]:
        """Do it, forget that it was done, and do it again in doubt: what the second attempt reports."""
        owed = claim(kind, **arguments)
        await EFFECTS[kind].run(self.world, owed)
        return await self.pay(dataclasses.replace(owed, attempt=2, doubt=True))

    async def open_room(self) -> Channel:
        (opened,) = await self.do("open_room")
        assert isinstance(opened, RoomOpened)
        return self.room

    @property
    def room(self) -> Channel:
        return self.slack.channel("inc-1")

    def calls(self, pattern: str) -> int:
        return len(self.faults.calls(pattern))


@pytest.fixture
async def scene(simulator: Simulator, world: World) -> Scene:
    theirs = await simulator.pagerduty.trigger("Checkout is down", priority="P1")
    scene = Scene(simulator, world, theirs)
    await scene.hear()
    return scene


@pytest.fixture
async def in_room(scene: Scene) -> Scene:
    """With the room open and nothing in it; Muster may speak in #incidents."""
    scene.slack.channel("C0INCIDENTS").members.add("U0MUSTER")
    await scene.open_room()
    return scene


def words(channel: Channel) -> list[str]:
    """What stands in a channel, one text a message."""
    return [message.text for message in channel.messages if not message.subtype]
