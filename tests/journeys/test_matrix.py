"""Whatever call to Slack or PagerDuty fails once, and however it fails: what is left is what a clean life leaves."""

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from bot.simulator.faults import Faults
from tests.journeys.conftest import NewDatabase
from tests.journeys.lives import AT_ONCE, STEPS, left, swept_by_us_alone
from tests.journeys.town import a_town

pytestmark = pytest.mark.anyio

FAILURES: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 1},
    "500": {"status": 500},
    "lost reply": {"lost_reply": True},
}
SIDE_BY_SIDE = 9  # lives at once, so that none waits for its turn longer than Slack waits for an answer
ID = re.compile(r"/[PQ][A-Z0-9]{6,}")

Left = dict[str, Any]


async def test_whatever_fails_once_the_same_is_left(
    request: pytest.FixtureRequest, new_database: NewDatabase
) -> None:
    """In the first life the first call of every method fails, in the second the second, and so on; in each way. On
    Postgres one way has its turn each time, on SQLite the other two."""
    clean = Faults()
    expected = await _life(new_database, clean)
    calls = Counter(_calls(clean))
    on_postgres = request.node.callspec.params["new_database"] == "postgresql"
    lives = {
        (how, nth): _failing(calls, nth, **FAILURES[how])
        for nth in range(max(calls.values())) for turn, how in enumerate(FAILURES)
        if (turn == nth % len(FAILURES)) == on_postgres
    }  # fmt: skip
    found = await _side_by_side(_life(new_database, faults) for faults in lives.values())
    differences = {life: _differences(one, expected) for life, one in zip(lives, found, strict=True)}
    assert {life: what for life, what in differences.items() if what} == {}


def _failing(calls: Counter[str], nth: int, **how: Any) -> Faults:
    faults = Faults()
    for pattern, count in calls.items():
        if nth < count:
            faults.add(pattern, skip=nth, times=1, **how)
    return faults


def _calls(faults: Faults) -> list[str]:
    """What the bot asked of Slack and PagerDuty, as patterns, in order."""
    outgoing = (call.name for call in faults.log if call.name.startswith(("slack:", "pagerduty:", "events:")))
    return [ID.sub("/*", name) for name in outgoing]


async def _life(new_database: NewDatabase, faults: Faults) -> Left:
    async with new_database() as url, a_town(swept_by_us_alone(url), AT_ONCE, faults=faults) as town:
        for step in STEPS.values():
            await step(town)
        return await left(town)


async def _side_by_side(lives: Iterable[Coroutine[Any, Any, Left]]) -> list[Left]:
    room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def in_turn(life: Coroutine[Any, Any, Left]) -> Left:
        async with room:
            return await life

    return await asyncio.gather(*(in_turn(life) for life in lives))


def _differences(found: Left, expected: Left) -> Left:
    return {name: value for name, value in found.items() if value != expected[name]}
