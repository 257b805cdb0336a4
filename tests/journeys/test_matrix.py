"""Whatever call to Slack or PagerDuty fails once, and however it fails: what is left is what a clean life leaves."""

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.simulator.faults import Faults
from tests.journeys.lives import AT_ONCE, begun, left, worked_on
from tests.journeys.town import a_town

pytestmark = pytest.mark.anyio

FAILURES: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 1},
    "500": {"status": 500},
    "lost reply": {"lost_reply": True},
}
ID = re.compile(r"/[PQ][A-Z0-9]{6,}")


async def _life(url: str, faults: Faults) -> dict[str, Any]:
    async with a_town(url, AT_ONCE, faults=faults) as town:
        await begun(town)
        await worked_on(town)
        return await left(town)


def _calls(faults: Faults) -> list[str]:
    """What the bot asked of Slack and PagerDuty, as patterns, in order."""
    outgoing = (call.name for call in faults.log if call.name.startswith(("slack:", "pagerduty:", "events:")))
    return [ID.sub("/*", name) for name in outgoing]


async def test_x(sqlite_url: str) -> None:
    import time, collections
    clean = Faults()
    t = time.time(); c = time.process_time()
    print(await _life(sqlite_url, clean))
    print(time.time() - t, time.process_time() - c, collections.Counter(_calls(clean)))
