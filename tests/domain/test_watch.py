"""One alarm while something is late, resolved once it is not; never two, never one about itself."""

import random

import pytest

from bot.domain.routing import Routing, Rule
from bot.domain.watch import TOO_LATE, WELL_FOR, Alarm, Watch
from tests.builders import CHECKOUT, incident


def seen(watch: Watch, oldest: float, now: float) -> Alarm | None:
    alarm = watch.wants(oldest, now)
    if alarm:
        watch.told(alarm)
    return alarm


def test_what_is_late_is_told_once_and_resolved_when_it_has_been_well_for_a_while() -> None:
    watch = Watch(raised=False)
    looks = [(0, 1), (10, TOO_LATE + 1), (20, 80), (30, 0), (40, 90), (50, 0), (50 + WELL_FOR, 5), (100, 5)]
    assert [seen(watch, oldest, now) for now, oldest in looks] == [
        None, "trigger", None, None, None, None, "resolve", None,
    ]  # fmt: skip


def test_an_alarm_that_nobody_took_is_raised_again() -> None:
    watch = Watch()
    assert [watch.wants(61, now) for now in (0, 10, 20)] == ["trigger"] * 3


def test_what_a_life_before_this_one_left_open_is_resolved_at_the_first_calm() -> None:
    assert seen(Watch(), 3, 0) == "resolve"
    watch = Watch()
    assert [seen(watch, 61, 0), seen(watch, 0, 10), seen(watch, 0, 10 + WELL_FOR)] == ["trigger", None, "resolve"]


def test_in_a_thousand_histories_alarms_take_turns() -> None:
    chance = random.Random(7)
    for _ in range(1000):
        watch = Watch(raised=False)
        alarms = [seen(watch, chance.choice([0, 5, 59, 61, 300]), look * 10.0) for look in range(60)]
        told = [alarm for alarm in alarms if alarm]
        assert told == ["trigger", "resolve"] * (len(told) // 2) + ["trigger"] * (len(told) % 2)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ((), None),
        ((Rule(),), None),
        ((Rule(services=("Checkout",)),), "high urgency"),
        ((Rule(services=("Payments",)),), None),
    ],
)
def test_the_alarm_about_muster_opens_a_room_only_where_a_rule_names_its_case(
    rules: tuple[Rule, ...], why: str | None
) -> None:
    routing = Routing(rules, own_key="muster-watch:here")
    assert routing.why_a_room(incident(incident_key="muster-watch:here", service=CHECKOUT)) == why
    assert routing.why_a_room(incident(incident_key="muster-watch:another", service=CHECKOUT)) == "high urgency"
