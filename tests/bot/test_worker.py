"""Jobs are claimed, paid, and settled together with what their effects report; whatever happens, none is forgotten."""

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot import worker as module
from bot.domain.errors import Unavailable
from bot.domain.events import requests
from bot.domain.incident import Subject
from bot.domain.job import Claim, Job, Priority
from bot.domain.people import Actor
from bot.effects import EFFECTS, Facts, World
from bot.effects.effect import HICCUP
from bot.effects.world import common
from bot.worker import FIRST_WAIT, LONGEST_WAIT, backoff
from storage import Transaction
from storage.schema import jobs
from tests.bot.yard import Yard, bug, fact, nothing, once, refused, unavailable
from tests.builders import triggered
from tests.databases import on_postgres, on_sqlite, until_somebody_waits
from tests.eventually import eventually

pytestmark = pytest.mark.anyio
ASKED = {"asker": "U0ALICE", "name": "Alice Andersen"}


async def test_a_job_is_paid_once_and_its_fact_recorded_with_it(yard: Yard) -> None:
    yard.can("work", fact)
    await yard.owe(incident=1)
    async with yard.working():
        await yard.become(0, 0, 0, 0)
    assert [claim.attempt for claim in yard.seen] == [1]
    assert await yard.timeline() == ["incident.triggered", "note.sent"]


async def test_what_is_put_while_it_rests_starts_at_once(yard: Yard) -> None:
    yard.can("work", nothing)
    async with yard.working():
        await yard.become(0, 0, 0, 0)
        started = time.monotonic()
        await yard.owe()
        await eventually(lambda: yard.seen)
    assert time.monotonic() - started < 0.5


async def test_a_refusal_settles_the_job_says_so_and_the_lane_goes_on(yard: Yard) -> None:
    yard.can("fail", refused)
    yard.can("work", nothing)
    await yard.owe("fail", incident=1)
    await yard.owe("work")
    async with yard.working():
        await yard.become(0, 0, 0, 1)
    assert [claim.job.kind for claim in yard.seen] == ["fail", "work"]
    (entry,) = await yard.database.read(lambda tx: tx.timeline("INC-1", after=1))
    assert (entry.kind, entry.text) == ("effect.failed", "Gave up fail: Slack said no")
    assert entry.details == {"effect": "fail", "reason": "Slack said no", "attempts": 1}


async def test_what_only_a_newer_muster_can_do_is_left_to_it_at_once_and_without_doubt(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    yard.can("work", nothing)
    for nth in range(3):
        await yard.owe("from the future", f"lane {nth}")
    async with yard.working():
        await yard.become(0, 0, 3, 0)
        await yard.owe("from the future", "lane 4")
        await yard.owe("work", "another lane")
        await eventually(lambda: yard.seen)
        await yard.become(1, 0, 3, 0)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["left: only a newer Muster knows how to from the future"]
    claims = await yard.database.write(lambda tx: tx.claim(10))
    assert {claim.job.kind for claim in claims} == {"from the future"}
    assert [(claim.attempt, claim.doubt) for claim in claims] == [(2, False), (2, False), (2, False), (1, False)]


@pytest.mark.parametrize("reached", [True, False])
async def test_what_time_may_help_is_tried_again_with_the_doubt_it_earned(yard: Yard, reached: bool) -> None:
    yard.can("work", once(Unavailable("no answer", retry_after=0.0, reached=reached)))
    await yard.owe()
    async with yard.working():
        await yard.become(0, 0, 0, 0)
    assert [(claim.attempt, claim.doubt) for claim in yard.seen] == [(1, False), (2, reached)]


@on_sqlite
async def test_the_vendors_wait_is_kept_and_the_lane_waits_with_it(yard: Yard) -> None:
    yard.can("slow", unavailable(retry_after=30.0, reached=False))
    yard.can("work", nothing)
    await yard.owe("slow", "one")
    await yard.owe("work", "one")
    await yard.owe("work", "other")
    async with yard.working():
        await yard.become(1, 0, 1, 0)
    due = await yard.database.read(lambda tx: tx.next_due())
    assert due
    assert 28 < due - time.time() <= 30
    assert sorted(claim.job.lane for claim in yard.seen) == ["one", "other"]


@pytest.mark.parametrize(
    ("known", "wait", "facts"),
    [
        ({"verb": "acknowledge"}, HICCUP / 2, ["request.delayed"]),
        ({"part": "topic"}, HICCUP / 2, []),
        ({"part": "topic"}, HICCUP * 2, ["room.part_delayed"]),
        ({}, HICCUP * 2, []),
    ],
)
@on_sqlite
async def test_lateness_is_recorded_when_someone_waits_for_it(
    yard: Yard, known: dict[str, Any], wait: float, facts: list[str]
) -> None:
    yard.can("late", unavailable(retry_after=wait), **known)
    await yard.owe("late", incident=1, arguments=ASKED)
    async with yard.working():
        await eventually(lambda: is_late(yard))
    assert (await yard.timeline())[1:] == facts


async def is_late(yard: Yard) -> bool:
    return (await yard.states())[2] == 1


@pytest.mark.parametrize(
    ("known", "kind"),
    [({"verb": "resolve"}, "request.dropped"), ({"part": "topic"}, "room.part_delayed"), ({}, "effect.failed")],
)
@on_sqlite
async def test_what_time_does_not_help_is_given_up_and_said(yard: Yard, known: dict[str, Any], kind: str) -> None:
    yard.can("late", unavailable(), patience=timedelta(0), **known)
    await yard.owe("late", incident=1, arguments=ASKED)
    async with yard.working():
        await eventually(lambda: is_dead(yard))
    assert (await yard.timeline())[1:] == [kind]


async def is_dead(yard: Yard) -> bool:
    return (await yard.states())[3] == 1


async def test_a_bug_keeps_the_job_and_the_worker_lives(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    yard.can("buggy", bug)
    yard.can("work", nothing)
    await yard.owe("buggy", "one", incident=1)
    await yard.owe("work", "other")
    async with yard.working():
        await yard.become(0, 0, 1, 0)
    assert len(yard.seen) == 2
    (logged,) = (record for record in caplog.records if record.exc_info)
    assert (logged.getMessage(), logged.__dict__["incident"]) == ("bug in buggy", 1)
    assert await yard.timeline() == ["incident.triggered"]


@on_sqlite
async def test_a_fact_that_cannot_be_recorded_keeps_the_job_and_undoes_the_rest(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    async def impossible(world: World, claim: Claim) -> Facts:
        whole, lost = common(claim, "note"), {**common(claim, "lost"), "subject": Subject(number=999)}
        return [requests.NoteSent(**whole, note_id="N1"), requests.NoteSent(**lost, note_id="N2")]  # type: ignore[arg-type]

    yard.can("work", impossible)
    yard.can("next", nothing)
    await yard.owe(incident=1)
    await yard.owe("next", "other")
    async with yard.working():
        await eventually(lambda: len(yard.seen) == 2 and "bug in settling work" in caplog.text)
        assert await yard.states() == (0, 1, 0, 0)
    assert await yard.timeline() == ["incident.triggered"]


async def test_a_lane_is_paid_in_order_and_lanes_side_by_side(yard: Yard) -> None:
    gate = asyncio.Event()

    async def behind_gate(world: World, claim: Claim) -> Facts:
        await gate.wait()
        return []

    yard.can("blocked", behind_gate)
    yard.can("work", nothing)
    await yard.owe("blocked", "slow")
    for nth in range(5):
        await yard.owe(lane="slow", arguments={"nth": nth})
    await yard.owe(lane="quick")
    async with yard.working():
        await eventually(lambda: [claim.job.lane for claim in yard.seen] == ["slow", "quick"])
        gate.set()
        await yard.become(0, 0, 0, 0)
    assert [claim.job.arguments["nth"] for claim in yard.seen[2:]] == [0, 1, 2, 3, 4]


@on_sqlite
async def test_never_more_in_hand_than_fit(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 4)
    monkeypatch.setattr(module, "KEPT_FREE", 0)
    inside, most = 0, 0

    async def counted(world: World, claim: Claim) -> Facts:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return []

    yard.can("work", counted)
    for nth in range(40):
        await yard.owe(lane=f"lane{nth}")
    async with yard.working():
        await yard.become(0, 0, 0, 0)
    assert (len(yard.seen), most) == (40, 4)


@on_sqlite
async def test_what_someone_waits_for_goes_first(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    monkeypatch.setattr(module, "KEPT_FREE", 0)
    yard.can("work", nothing)
    for priority in sorted(Priority, reverse=True):
        await yard.owe(lane=str(priority), priority=priority)
    async with yard.working():
        await yard.become(0, 0, 0, 0)
    assert [claim.job.priority for claim in yard.seen] == sorted(Priority)


@pytest.mark.parametrize("kind", sorted(EFFECTS))
def test_every_effect_says_how_long_it_is_tried_and_who_hears_of_it(kind: str) -> None:
    effect = EFFECTS[kind]
    assert effect.patience > timedelta(0)
    assert not (effect.part and effect.verb)


@given(attempt=st.integers(1, 10**6))
def test_waits_double_up_to_a_limit_and_never_come_back_as_one(attempt: int) -> None:
    longest = min(FIRST_WAIT * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT)
    assert 0.75 * longest <= backoff(attempt) <= longest


def test_whoever_asked_is_named_in_what_was_not_done() -> None:
    claim = Claim(1, Job("resolve", "lane", 1, ASKED), 1, doubt=False, owed_since=time.time())
    (dropped,) = EFFECTS["resolve"].failed(claim, "PagerDuty said no")
    assert isinstance(dropped, requests.RequestDropped)
    assert dropped.asker == Actor("responder", "U0ALICE", "Alice Andersen")


@on_postgres
async def test_who_waits_for_an_incident_holds_no_job_that_its_writer_may_need(yard: Yard, database_url: str) -> None:
    """Else each would wait for the other, until Postgres undoes one of them a second later."""
    yard.can("work", fact)
    await yard.introduce()
    holds = threading.Event()

    def writer(tx: Transaction) -> list[Any]:
        tx.record(triggered(1, urgency="high", title="Worse"))
        holds.set()
        until_somebody_waits(database_url)
        return tx._all(sa.select(jobs.c.id).with_for_update(skip_locked=True))

    writing = yard.database.submit(writer)
    await asyncio.to_thread(holds.wait, 3)
    await yard.owe(incident=1)
    async with yard.working():
        free = await asyncio.wrap_future(writing)
        await yard.become(0, 0, 0, 0)
    assert len(free) == 1
    assert (await yard.timeline())[-1] == "note.sent"
