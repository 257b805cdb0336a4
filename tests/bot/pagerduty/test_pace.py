"""How fast we go."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.domain.errors import Unavailable
from bot.pagerduty.pace import LONGEST, UNSAID, Gate, told_to_wait

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_the_budget_of_a_minute_may_be_spent_at_once_and_no_more() -> None:
    clock = Clock()
    gate = Gate(3, patience=0, clock=clock)
    for _ in range(3):
        await gate.enter()
    clock.now += 20
    with pytest.raises(Unavailable) as caught:
        await gate.enter()
    assert caught.value.retry_after == pytest.approx(41)
    assert not caught.value.reached


async def test_a_call_becomes_free_a_minute_after_it_was_made_and_a_second_that_it_may_have_taken_longer() -> None:
    clock = Clock()
    gate = Gate(1, patience=0, clock=clock)
    await gate.enter()
    clock.now += 60
    assert gate.wait == pytest.approx(1)
    clock.now += 1
    await gate.enter()
    assert gate.wait == pytest.approx(61)


async def test_a_closed_gate_is_closed_for_everyone_until_it_says() -> None:
    clock = Clock()
    gate = Gate(clock=clock)
    gate.heed(429, {"retry-after": "30"})
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await gate.enter()
        assert caught.value.retry_after == pytest.approx(30)
    clock.now += 30
    await gate.enter()


async def test_a_short_closure_is_waited_out() -> None:
    gate = Gate()
    gate.close(0.02)
    await gate.enter()
    assert gate.wait <= 0


async def test_a_second_closure_never_shortens_the_first() -> None:
    gate = Gate(clock=Clock())
    gate.close(30)
    gate.close(1)
    assert gate.wait == pytest.approx(30)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"ratelimit-reset": "12"}, 12),
        (429, {}, UNSAID),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": "7"}, 7),
        (200, {"ratelimit-remaining": "1", "ratelimit-reset": "7"}, 0),
        (200, {}, 0),
    ],
)
async def test_an_answer_that_says_the_limit_is_reached_closes_the_gate(
    status: int, headers: dict[str, str], wait: float
) -> None:
    gate = Gate(clock=Clock())
    gate.heed(status, headers)
    assert max(gate.wait, 0) == pytest.approx(wait)


async def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    waiting = told_to_wait({"retry-after": date})
    assert waiting is not None
    assert 60 < waiting <= 90


@pytest.mark.parametrize("said", ["", "soon", "-3", "nan", "0", "Wed, 99 Nov 2020 99:99:99 GMT"])
async def test_nonsense_says_nothing(said: str) -> None:
    assert told_to_wait({"retry-after": said}) is None


async def test_nobody_is_believed_who_says_for_ever() -> None:
    assert told_to_wait({"retry-after": "inf"}) == LONGEST
