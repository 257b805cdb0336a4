"""The gate keeps Slack's budgets, lets people go first, and holds nobody up for long."""

import asyncio
import time

import aiohttp
import pytest

from bot.domain.errors import Unavailable
from bot.domain.job import Priority
from bot.simulator.simulator import Simulator
from bot.slack.methods import METHODS, POSTS_A_CHANNEL, TIER_2
from bot.slack.pace import Gate
from bot.slack.views.lines import line
from tests.bot.slack.conftest import slack_at

pytestmark = pytest.mark.anyio
HASTE = 0.4
"""Seconds that pass for a minute."""
TOPIC, POST, CREATE = "conversations.setTopic", "chat.postMessage", "conversations.create"


async def take(gate: Gate, method: str, *, channel: str = "", priority: Priority = Priority.NORMAL) -> None:
    async with gate.turn(method, channel=channel, priority=priority):
        pass


async def spend(gate: Gate, method: str, calls: int, channel: str = "") -> None:
    for _ in range(calls):
        await take(gate, method, channel=channel)


async def sent_away(gate: Gate, method: str, priority: Priority = Priority.NORMAL) -> Unavailable:
    with pytest.raises(Unavailable) as refusal:
        await take(gate, method, priority=priority)
    return refusal.value


async def test_no_minute_holds_more_calls_than_the_tier_allows() -> None:
    gate, times = Gate(minute=HASTE), []
    for _ in range(2 * TIER_2 + 5):
        await take(gate, TOPIC)
        times.append(time.monotonic())
    gaps = [later - earlier for earlier, later in zip(times, times[TIER_2:], strict=False)]
    assert min(gaps) >= HASTE
    assert times[-1] - times[0] < 3 * HASTE  # and no time is wasted


async def test_a_call_whose_turn_is_far_off_is_put_off_and_not_held() -> None:
    gate = Gate()
    await spend(gate, TOPIC, TIER_2)
    asked = time.monotonic()
    refusal = await sent_away(gate, TOPIC)
    assert time.monotonic() - asked < 0.5
    assert refusal.retry_after == pytest.approx(60, abs=1)
    assert not refusal.reached


async def test_those_put_off_are_asked_back_a_budget_at_a_time() -> None:
    gate = Gate()
    await spend(gate, TOPIC, TIER_2)
    waits = [(await sent_away(gate, TOPIC)).retry_after for _ in range(TIER_2 + 1)]
    assert waits[TIER_2 - 1] == pytest.approx(60, abs=1)
    assert waits[TIER_2] == pytest.approx(120, abs=1)


async def test_someone_who_waits_for_an_answer_is_not_sent_behind_the_queue() -> None:
    gate = Gate()
    await spend(gate, TOPIC, TIER_2)
    for _ in range(TIER_2 + 1):
        await sent_away(gate, TOPIC)
    assert (await sent_away(gate, TOPIC, Priority.HUMAN)).retry_after == pytest.approx(60, abs=1)


async def test_people_go_first_and_cosmetics_last() -> None:
    gate, order = Gate(minute=HASTE), []
    await spend(gate, TOPIC, TIER_2)

    async def wait(priority: Priority) -> None:
        await take(gate, TOPIC, priority=priority)
        order.append(priority)

    latecomers = (Priority.COSMETIC, Priority.NORMAL, Priority.URGENT, Priority.HUMAN)
    waiting = [asyncio.create_task(wait(priority)) for priority in latecomers for _ in range(TIER_2)]
    await asyncio.gather(*waiting)
    assert order == sorted(order)


async def test_some_calls_of_a_minute_are_kept_for_a_p1_and_for_a_room_that_many_wait_for() -> None:
    gate, kept = Gate(), METHODS[CREATE]
    await spend(gate, CREATE, TIER_2 - kept.first - kept.shared)
    await sent_away(gate, CREATE, Priority.URGENT)
    for _ in range(kept.shared):
        await take(gate, CREATE, priority=Priority.SHARED)
    await sent_away(gate, CREATE, Priority.SHARED)
    for _ in range(kept.first):
        await take(gate, CREATE, priority=Priority.FIRST)
    assert (await sent_away(gate, CREATE, Priority.FIRST)).retry_after == pytest.approx(60, abs=1)


async def test_what_goes_first_is_not_sent_behind_those_put_off() -> None:
    gate = Gate()
    await spend(gate, CREATE, 15)
    for _ in range(40):
        await sent_away(gate, CREATE, Priority.URGENT)
    await take(gate, CREATE, priority=Priority.FIRST)


async def test_the_gate_tells_how_long_each_call_waited() -> None:
    waits: list[tuple[str, float]] = []
    gate = Gate(minute=HASTE, waited=lambda method, seconds: waits.append((method, seconds)))
    await spend(gate, TOPIC, TIER_2 + 1)
    assert len(waits) == TIER_2 + 1
    assert waits[0][1] < 0.1
    assert waits[-1] == (TOPIC, pytest.approx(HASTE, abs=0.2))


async def test_retry_after_closes_a_method_for_everybody_and_no_other() -> None:
    gate = Gate()
    gate.close(TOPIC, 30)
    for priority in Priority:
        assert (await sent_away(gate, TOPIC, priority)).retry_after == pytest.approx(30, abs=1)
    await take(gate, POST, channel="C1")


async def test_a_short_closure_is_waited_out() -> None:
    gate = Gate()
    gate.close(TOPIC, 0.2)
    closed = time.monotonic()
    await take(gate, TOPIC)
    assert time.monotonic() - closed >= 0.2


async def test_a_busy_channel_does_not_slow_the_others() -> None:
    gate = Gate(patience=0.1)
    await spend(gate, POST, POSTS_A_CHANNEL, channel="C1")
    with pytest.raises(Unavailable) as refusal:
        await take(gate, POST, channel="C1")
    assert refusal.value.retry_after == pytest.approx(3, abs=0.5)
    await take(gate, POST, channel="C2")


async def test_a_call_that_takes_long_counts_all_the_while() -> None:
    gate = Gate(minute=HASTE, patience=10)
    answered = asyncio.Event()

    async def slow() -> None:
        async with gate.turn(TOPIC):
            await answered.wait()

    under_way = [asyncio.create_task(slow()) for _ in range(TIER_2)]
    next_one = asyncio.create_task(take(gate, TOPIC))
    await asyncio.wait([next_one], timeout=2 * HASTE)
    assert not next_one.done()
    answered.set()
    await asyncio.gather(*under_way, next_one)


async def test_who_gives_up_waiting_leaves_the_place_to_the_next() -> None:
    gate = Gate(minute=HASTE)
    await spend(gate, TOPIC, TIER_2)
    quitters = [asyncio.create_task(take(gate, TOPIC)) for _ in range(TIER_2)]
    await asyncio.sleep(0)
    for quitter in quitters:
        quitter.cancel()
    await asyncio.gather(*quitters, return_exceptions=True)
    asked = time.monotonic()
    await take(gate, TOPIC)
    assert time.monotonic() - asked < 2 * HASTE


async def test_a_storm_never_meets_slacks_own_limit(world: Simulator, session: aiohttp.ClientSession) -> None:
    world.slack.tiers, world.slack.api.tiers.minute = True, 2 * HASTE
    slack = slack_at(f"{world.url}/slack/api/", session, Gate(minute=2 * HASTE, patience=10))
    rooms = await asyncio.gather(*(slack.create_channel(f"inc-{number}", private=False) for number in range(50)))
    words = [(room, f"{number}") for room in rooms[:3] for number in range(7)]
    await asyncio.gather(*(slack.post(room, line(word), key=word) for room, word in words))
    assert all(len(world.slack.channels[room].messages) > 7 for room in rooms[:3])
