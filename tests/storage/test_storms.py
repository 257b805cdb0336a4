"""Incidents that come together, those that share a room, and jobs that go before others."""

from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time

from bot.domain.events import news, rooms, storms
from bot.domain.incident import Status, Subject
from bot.domain.job import Job, Priority
from storage import Sharing
from storage.storms import PAGE
from tests.storage.facts import START, fact, room_opened, told, triggered

UMBRELLA = "C4"


def introduce(run: Any, number: int, *, after: float = 0.0) -> None:
    """INC-number, first heard of so many minutes after START by our clock."""
    with freeze_time(START + timedelta(minutes=after)):
        run(lambda tx: tx.record(triggered(f"Q{number}")))


def share(run: Any, number: int, *, umbrella: int = 1) -> None:
    run(lambda tx: tx.record(fact(
        storms.RoomShared, f"shared:{number}", subject=Subject(number=number), umbrella=umbrella, channel=UMBRELLA,
        name="storm", url="", is_private=False, kin=11,
    )))  # fmt: skip


def furnish(run: Any, number: int, ts: str) -> None:
    run(lambda tx: tx.record(fact(
        rooms.RoomFurnished, f"card:{number}", subject=Subject(number=number), part="card", message_ts=ts
    )))  # fmt: skip


def came(run: Any, since: float, until: float, *, but: int = 0) -> list[int]:
    first, last = (START + timedelta(minutes=minutes) for minutes in (since, until))
    return run(lambda tx: [one.number for one in tx.introduced(first, last, but=but)])


def test_who_came_within_some_minutes_is_told_newest_first(run: Any) -> None:
    for number in range(1, 6):
        introduce(run, number, after=number)
    assert came(run, 2, 4) == [4, 3, 2]
    assert came(run, 2, 4, but=3) == [4, 2]
    assert came(run, 6, 9) == []


def test_more_than_a_page_of_them_are_told_too(run: Any) -> None:
    with freeze_time(START):
        run(lambda tx: [tx.record(triggered(f"Q{number}")) for number in range(1, 2 * PAGE + 3)])
    assert came(run, 0, 1) == list(range(2 * PAGE + 2, 0, -1))


def test_what_was_over_at_once_came_all_the_same(run: Any) -> None:
    introduce(run, 1)
    run(lambda tx: tx.record(told(news.Resolved, Status.RESOLVED, pagerduty_id="Q1", after=1)))
    assert came(run, 0, 1) == [1]


def test_those_that_share_a_room_are_counted_and_listed(run: Any) -> None:
    for number in range(1, 5):
        introduce(run, number)
    run(lambda tx: tx.record(room_opened(1, UMBRELLA)))
    for number in (2, 3, 4):
        share(run, number)
    run(lambda tx: tx.record(told(news.Resolved, Status.RESOLVED, pagerduty_id="Q3", after=1)))
    assert run(lambda tx: tx.sharing(1)) == Sharing(incidents=3, open=2)
    assert run(lambda tx: [one.number for one in tx.under(1)]) == [4, 3, 2]
    assert run(lambda tx: [one.number for one in tx.under(1, open_only=True, limit=1)]) == [4]
    run(lambda tx: tx.record(fact(storms.RoomPromoted, "promoted", subject=Subject(number=4), why="asked for")))
    assert run(lambda tx: tx.sharing(1)) == Sharing(incidents=2, open=1)
    assert run(lambda tx: tx.sharing(2)) == Sharing()


def test_a_shared_room_is_its_owners_and_each_thread_is_of_whose_card_began_it(run: Any) -> None:
    for number in (1, 2):
        introduce(run, number)
    run(lambda tx: tx.record(room_opened(1, UMBRELLA)))
    furnish(run, 1, "1.1")
    share(run, 2)
    furnish(run, 2, "2.2")

    def found(ts: str | None = None) -> int:
        return run(lambda tx: tx.incident_in(UMBRELLA, ts)).number

    assert (found(), found("1.1"), found("2.2"), found("9.9")) == (1, 1, 2, 1)
    assert run(lambda tx: tx.incident_in("C0ELSE", "2.2")) is None


def test_only_what_is_urgent_enough_is_claimed(run: Any) -> None:
    run(lambda tx: [tx.put(Job(priority.name, priority.name, priority=priority)) for priority in reversed(Priority)])
    claims = run(lambda tx: tx.claim(10, least=Priority.SHARED))
    assert [one.job.kind for one in claims] == ["HUMAN", "FIRST", "SHARED"]


def test_what_waits_in_a_lane_can_be_hurried(run: Any) -> None:
    run(lambda tx: [tx.put(Job("open_room", "a", delay=60)), tx.put(Job("open_room", "b", delay=60))])
    assert run(lambda tx: tx.hurry("a", Priority.FIRST)) == 1
    (only,) = run(lambda tx: tx.claim(10))
    assert (only.job.lane, only.job.priority) == ("a", Priority.FIRST)
    assert run(lambda tx: tx.hurry("a", Priority.HUMAN)) == 0  # it runs


def test_how_long_what_is_due_has_waited_is_told_for_each_priority(run: Any) -> None:
    with freeze_time(START):
        run(lambda tx: tx.put(Job("say", "a", priority=Priority.COSMETIC)))
    with freeze_time(START + timedelta(seconds=30)):
        run(lambda tx: tx.put(Job("tell", "b", priority=Priority.HUMAN, delay=5)))
        waits = run(lambda tx: tx.oldest_owed())
    assert waits[Priority.COSMETIC] == pytest.approx(30)
    assert waits[Priority.HUMAN] == waits[Priority.NORMAL] == 0.0
