"""The bot is killed at any call it makes; whoever starts it again finds nothing missing and nothing done twice."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import eventually
from tests.journeys.conftest import NewDatabase
from tests.journeys.lives import AT_ONCE, STEPS, left, swept_by_us_alone
from tests.journeys.mortals import Mortals, a_mortal_town
from tests.journeys.nursery import Nursery

pytestmark = pytest.mark.anyio

SIDE_BY_SIDE = 4
NEVER = 0
FIRST = {"sqlite": 1, "postgresql": 2}  # every call on one of the two: both for all would take too long

Left = dict[str, dict[str, Any]]  # step → what is left after it
Calls = dict[str, int]  # step → how many calls the bot makes in it


async def test_killed_at_any_call_and_started_again_it_leaves_what_a_long_life_leaves(
    request: pytest.FixtureRequest, nursery: Nursery, new_database: NewDatabase, tmp_path: Path
) -> None:
    """In the nth life it is killed at the nth call of every step; whether that call was heard takes turns. The odd
    calls on SQLite, the even ones on PostgreSQL."""
    town_of = partial(a_mortal_town, nursery, choices=AT_ONCE, folder=tmp_path)
    which, room = request.node.callspec.params["new_database"], asyncio.Semaphore(SIDE_BY_SIDE)

    async def life(nth: int, steps: Sequence[str]) -> tuple[Left, Calls]:
        async with room, new_database() as url, town_of(swept_by_us_alone(url)) as town:
            return await _lived(town, nth, steps)

    clean, calls = await life(NEVER, list(STEPS))
    lives = range(FIRST[which], max(calls.values()) + 1, 2)
    found = await asyncio.gather(*(life(nth, _until_last_killed(nth, calls)) for nth in lives))
    differences = {nth: _differences(one, clean) for nth, (one, _) in zip(lives, found, strict=True)}
    assert {nth: what for nth, what in differences.items() if what} == {}


def _until_last_killed(nth: int, calls: Calls) -> list[str]:
    """The steps up to the last in which there is an nth call."""
    steps = list(calls)
    while calls[steps[-1]] < nth:
        steps.pop()
    return steps


async def _lived(town: Mortals, nth: int, steps: Sequence[str]) -> tuple[Left, Calls]:
    await eventually(lambda: town.births, within=15.0)
    found: Left = {}
    calls: Calls = {}
    for turn, name in enumerate(steps):
        town.deadly.arm(nth, heard=(nth + turn) % 2 == 0)
        await STEPS[name](town)
        found[name], calls[name] = await left(town), town.deadly.made
    return found, calls


def _differences(found: Left, clean: Left) -> dict[str, Any]:
    both = ((step, name, value) for step, after in found.items() for name, value in after.items())
    return {f"{step}: {name}": value for step, name, value in both if value != clean[step][name]}
