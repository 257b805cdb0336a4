"""A worker that was stopped in the middle of a job does nothing more for it once another has taken it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from freezegun import freeze_time

from bot.domain.events.requests import NoteSent
from bot.domain.fence import GUARD, TRUST, Overtaken
from bot.domain.job import Claim
from bot.effects import Facts, World
from bot.effects.requests import annotate
from bot.simulator import Simulator
from bot.simulator.pagerduty.seed import integration_key
from bot.slack.views.message import Message
from bot.tenure import Instant, Tenure
from storage import Database, Transaction
from tests.bot.yard import Yard
from tests.builders import triggered
from tests.eventually import eventually

DOWN = {"summary": "Down", "source": "checkout", "severity": "error"}
pytestmark = pytest.mark.anyio


async def held(yard: Yard, *, ago: float) -> tuple[Claim, Tenure]:
    await yard.owe()
    (claim,) = await yard.database.write(lambda tx: tx.claim(1))
    return claim, Tenure(yard.database, claim, since(ago))


def since(seconds: float) -> Instant:
    return Instant(time.monotonic() - seconds, time.time() - seconds)


async def test_a_claim_that_was_taken_over_is_overtaken(yard: Yard) -> None:
    claim, mine = await held(yard, ago=TRUST + 1)
    await mine.prove()
    await yard.database.write(lambda tx: tx.hand_over([claim]))
    await yard.database.write(lambda tx: tx.claim(1))
    await mine.prove()  # proved a moment ago, and so nobody could have taken it: hand_over is the holder's own
    stale = Tenure(yard.database, claim, since(TRUST + 1))
    with pytest.raises(Overtaken):
        await stale.prove()


async def test_a_proof_that_came_too_late_is_none(yard: Yard) -> None:
    """The process was stopped between the question and the answer, and asks again."""
    with freeze_time(real_asyncio=True) as clock:
        stops = Stops(yard.database, clock, [TRUST * 9, 0.0])
        claim, _ = await held(yard, ago=0)
        await Tenure(stops, claim, since(TRUST + 1)).prove()  # type: ignore[arg-type]
        assert stops.left == []


async def test_a_machine_that_slept_has_no_proof_though_its_steady_clock_slept_too(yard: Yard) -> None:
    claim, _ = await held(yard, ago=0)
    await yard.database.write(lambda tx: tx.hand_over([claim]))
    await yard.database.write(lambda tx: tx.claim(1))
    slept = Instant(time.monotonic(), time.time() - TRUST - 1)
    with pytest.raises(Overtaken):
        await Tenure(yard.database, claim, slept).prove()


class Stops:
    """A database whose answers are read so many seconds late."""

    def __init__(self, database: Database, clock: Any, left: list[float]) -> None:
        self._database, self._clock, self.left = database, clock, left

    async def write(self, fn: Callable[[Transaction], Any]) -> Any:
        answer = await self._database.write(fn)
        self._clock.tick(self.left.pop(0))
        return answer


async def test_an_overtaken_attempt_reaches_no_vendor_and_settles_nothing(yard: Yard) -> None:
    """Stopped for longer than its lease, before its call: Slack hears of it once, from the other."""
    began, gate = asyncio.Event(), asyncio.Event()
    said: list[int] = []

    async def slow(world: World, claim: Claim) -> Facts:
        if claim.attempt == 1:
            began.set()
            await gate.wait()
            await asyncio.sleep(TRUST)
        if guard := GUARD.get():
            await guard()
        said.append(claim.attempt)
        return []

    yard.can("work", slow)
    await yard.owe()
    async with yard.working():
        await asyncio.wait_for(began.wait(), 3)
        await yard.database.write(lambda tx: tx.hand_over(yard.seen))  # what the end of the lease would do
        await eventually(lambda: said)
        gate.set()
        await eventually(lambda: not yard.worker._in_hand)
    assert said == [2]


async def test_an_overtaken_attempt_leaves_what_it_did_for_the_other_to_find_and_record(
    yard: Yard, simulator: Simulator
) -> None:
    """Stopped right after its note was written: the other, in doubt, must not take that for another's note."""
    page = await simulator.pagerduty.trigger("Checkout is down", urgency="low")
    await yard.database.write(lambda tx: tx.record(triggered(pagerduty_id=page.id, urgency="low")))
    incident = await yard.database.read(lambda tx: tx.incident_by_pagerduty_id(page.id))
    assert incident is not None
    written, taken = asyncio.Event(), asyncio.Event()

    async def slow(world: World, claim: Claim) -> Facts:
        if claim.attempt == 2:
            taken.set()
            await eventually(lambda: len(yard.worker._in_hand) == 1)  # the first has ended
            return await annotate(world, claim)
        facts = await annotate(world, claim)
        written.set()
        await taken.wait()
        return facts

    yard.can("annotate", slow)
    asked = {"note": "The index is missing", "asker": "U0ALICE", "name": "Alice"}
    await yard.owe("annotate", incident=incident.number, arguments=asked)
    async with yard.working():
        await asyncio.wait_for(written.wait(), 3)
        await yard.database.write(lambda tx: tx.hand_over(yard.seen))  # what the end of the lease would do
        await eventually(lambda: taken.is_set() and not yard.worker._in_hand)
    assert [note.content for note in page.notes] == ["The index is missing"]
    timeline = await yard.database.read(lambda tx: tx.timeline(incident.name))
    assert [entry.details["note_id"] for entry in timeline if entry.kind == NoteSent.kind] == [page.notes[0].id]


async def test_a_call_to_slack_or_pagerduty_is_guarded(yard: Yard) -> None:
    async def overtaken() -> None:
        raise Overtaken("somebody else's")

    GUARD.set(overtaken)
    calls = (
        lambda: yard.world.slack.pin("C1", "1.0"), lambda: yard.world.pagerduty.user("P1"),
        lambda: yard.world.events_api.enqueue("key", "resolve", dedup_key="d"),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(Overtaken):
            await call()


async def test_a_process_that_was_stopped_while_it_connected_says_nothing(yard: Yard, simulator: Simulator) -> None:
    page = await simulator.pagerduty.trigger("Checkout is down")
    key = integration_key(page.service.name)
    [subscription] = simulator.pagerduty.subscriptions
    general, world, proofs = simulator.slack.channel("general"), yard.world, iter([True, False] * 4)

    async def overtaken_at_the_last_moment() -> None:
        if not next(proofs):
            raise Overtaken("somebody else's")

    GUARD.set(overtaken_at_the_last_moment)
    calls = (
        lambda: world.slack.post(general.id, Message("Hello"), key="1"),
        lambda: world.pagerduty.annotate(page.id, "The index is missing", as_email="alice@example.com"),
        lambda: world.events_api.enqueue(key, "trigger", dedup_key="d", payload=DOWN),
        lambda: world.pagerduty.delete_subscription(subscription.id),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(Overtaken):
            await call()
    assert next(proofs, None) is None
    assert simulator.pagerduty.subscriptions == [subscription]
    assert not general.messages
    assert not page.notes
    assert simulator.pagerduty.incidents == [page]
