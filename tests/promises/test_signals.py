"""Signals on their way to PagerDuty, in small; `python -m tests.promises.signals_drain` says how fast."""

import pytest

from tests.promises import signals_drain

pytestmark = pytest.mark.anyio


async def test_signals_of_many_keys_arrive_each_in_its_order(database_url: str) -> None:
    outcome = await signals_drain.drained(database_url, 200, 10)
    print(outcome)
    assert (outcome.taken, outcome.out_of_order, outcome.refused) == (200, 0, 0)
