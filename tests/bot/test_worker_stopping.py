"""A worker that stops, loses its database or works for long: what it had in hand is never lost and never done twice."""

import asyncio

import pytest

from bot import worker as module
from bot.domain.job import Claim
from bot.effects import Facts, World
from tests.bot.yard import Yard, fact, nothing
from tests.databases import on_sqlite
from tests.eventually import eventually

pytestmark = pytest.mark.anyio


async def test_a_stopping_worker_finishes_what_it_has_in_hand(yard: Yard) -> None:
    began, gate = asyncio.Event(), asyncio.Event()

    async def gated(world: World, claim: Claim) -> Facts:
        began.set()
        await gate.wait()
        return []

    yard.can("work", gated)
    await yard.owe()
    running = asyncio.create_task(yard.worker.run())
    await asyncio.wait_for(began.wait(), 3)
    yard.worker.stop()
    gate.set()
    await asyncio.wait_for(running, 3)
    assert await yard.states() == (0, 0, 0, 0)


async def test_a_stopping_worker_hands_over_what_it_cannot_finish(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Due at once for somebody else, in doubt; nothing more is done about it here."""
    monkeypatch.setattr(module, "LAST_WORDS", 0.05)
    gate = asyncio.Event()

    async def gated(world: World, claim: Claim) -> Facts:
        await gate.wait()
        return await fact(world, claim)

    yard.can("work", gated)
    await yard.owe(incident=1)
    async with yard.working():
        await eventually(lambda: yard.seen)
    (taken,) = await yard.database.write(lambda tx: tx.claim(5))
    assert (taken.attempt, taken.doubt) == (2, True)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("work ")]
    assert await yard.database.write(lambda tx: tx.settle(taken))
    assert await yard.timeline() == ["incident.triggered"]


async def test_a_job_done_twice_reports_once(yard: Yard) -> None:
    yard.can("work", fact)
    await yard.owe(incident=1)
    (claim,) = await yard.database.write(lambda tx: tx.claim(5))
    for _ in range(2):
        await yard.database.write(lambda tx: tx.hand_over([claim]))
        facts = await fact(yard.world, claim)
        await yard.database.write(lambda tx, facts=facts: [tx.record(one) for one in facts])  # type: ignore[misc]
    assert await yard.timeline() == ["incident.triggered", "note.sent"]


@on_sqlite
async def test_a_worker_whose_database_goes_away_takes_up_again_when_it_is_back(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NET", 0.02)
    yard.can("work", nothing)
    await yard.owe()
    yard.database.close()
    async with yard.working():
        await asyncio.sleep(0)  # its first look, in vain
        assert yard.seen == []
        yard.database.open()
        await yard.become(0, 0, 0, 0)
    assert len(yard.seen) == 1


@on_sqlite
async def test_long_work_keeps_its_lease(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)
    gate = asyncio.Event()

    async def gated(world: World, claim: Claim) -> Facts:
        await gate.wait()
        return []

    yard.can("work", gated)
    await yard.owe()
    async with yard.working():
        await eventually(lambda: yard.seen)
        first = await yard.database.read(lambda tx: tx.next_due())
        await eventually(lambda: has_moved(yard, first))
        gate.set()


async def has_moved(yard: Yard, first: float | None) -> bool:
    due = await yard.database.read(lambda tx: tx.next_due())
    return due is not None and first is not None and due > first
