"""Where jobs are paid: a worker, its ledger, and effects that succeed or fail as a test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.events import requests
from bot.domain.job import Claim, Job
from bot.effects import EFFECTS, Effect, Facts, World
from bot.effects.world import common
from bot.worker import Worker
from tests.bot.doors import kinds
from tests.builders import triggered
from tests.eventually import eventually

Run = Callable[[World, Claim], Awaitable[Facts]]


class Yard:
    """A worker, its ledger, and effects of the test's own; `seen` are their claims in the order they began."""

    def __init__(self, world: World, table: pytest.MonkeyPatch) -> None:
        self.world, self.database, self.table = world, world.database, table
        self.worker = Worker(world)
        self.seen: list[Claim] = []

    def can(self, kind: str, run: Run, **known: Any) -> None:
        """One more line in the table of effects."""

        async def remembered(world: World, claim: Claim) -> Facts:
            self.seen.append(claim)
            return await run(world, claim)

        self.table.setitem(EFFECTS, kind, Effect(remembered, **known))

    async def owe(self, kind: str = "work", lane: str = "lane", **how: Any) -> None:
        await self.database.write(lambda tx: tx.put(Job(kind, lane, **how)))

    async def introduce(self) -> None:
        """INC-1, which owes nothing."""
        await self.database.write(lambda tx: tx.record(triggered(urgency="low")))

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.worker.run())
        yield
        self.worker.stop()
        await asyncio.wait_for(running, 3)

    async def states(self) -> tuple[int, int, int, int]:
        """How many jobs are waiting, running, late, dead."""
        owed = await self.database.read(lambda tx: tx.owed())
        return owed.waiting, owed.running, owed.late, owed.dead

    async def become(self, *states: int) -> None:
        async def became() -> bool:
            return await self.states() == states

        await eventually(became)

    async def timeline(self) -> list[str]:
        return await kinds(self.database)


async def nothing(world: World, claim: Claim) -> Facts:
    return []


async def fact(world: World, claim: Claim) -> Facts:
    return [requests.NoteSent(**common(claim, "note"), note_id="N1")]


async def refused(world: World, claim: Claim) -> Facts:
    raise Refused("Slack said no", code="no")


async def bug(world: World, claim: Claim) -> Facts:
    raise KeyError("oops")


def unavailable(**known: Any) -> Run:
    async def away(world: World, claim: Claim) -> Facts:
        raise Unavailable("PagerDuty does not answer", **known)

    return away


def once(trouble: Unavailable) -> Run:
    """Fails the first time."""

    async def run(world: World, claim: Claim) -> Facts:
        if claim.attempt == 1:
            raise trouble
        return []

    return run
