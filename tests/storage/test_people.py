"""One human in two worlds, remembered without guessing."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.people import Person

NOON, ONE = (datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (12, 13))
IN_SLACK = Person("Alice", "Alice@Example.com", slack_id="U1", standing="guest", checked_at=ONE)
IN_PAGERDUTY = Person("Alice A.", "alice@example.com", pagerduty_id="P1", checked_at=NOON)


def test_what_slack_and_pagerduty_say_of_one_address_is_one_person(run: Any) -> None:
    run(lambda tx: [tx.remember_person(IN_SLACK), tx.remember_person(IN_PAGERDUTY)])
    person = run(lambda tx: tx.person(email="ALICE@example.com"))
    assert person == Person("Alice A.", "alice@example.com", "U1", "P1", "guest", ONE)
    assert person == run(lambda tx: tx.person(slack_id="U1")) == run(lambda tx: tx.person(pagerduty_id="P1"))


def test_an_unknown_person_is_none_and_a_miss_is_remembered_as_one(run: Any) -> None:
    assert run(lambda tx: tx.person(slack_id="U1")) is None
    run(lambda tx: tx.remember_person(IN_SLACK))
    assert run(lambda tx: tx.person(pagerduty_id="P1", slack_id="U1")) == IN_SLACK


def test_who_left_an_address_takes_nothing_of_it_along(run: Any) -> None:
    run(lambda tx: [tx.remember_person(IN_SLACK), tx.remember_person(IN_PAGERDUTY)])
    renamed = Person("Alice", "alice@new.example", slack_id="U1", checked_at=ONE)
    run(lambda tx: tx.remember_person(renamed))
    assert run(lambda tx: tx.person(slack_id="U1")) == renamed
    assert run(lambda tx: tx.person(pagerduty_id="P1")) is None


def test_two_halves_become_one_when_their_tie_is_known(run: Any) -> None:
    run(lambda tx: [tx.remember_person(Person("A", slack_id="U1")), tx.remember_person(IN_PAGERDUTY)])
    run(lambda tx: tx.remember_person(Person("Alice", "alice@example.com", slack_id="U1")))
    assert run(lambda tx: tx.person(slack_id="U1")).pagerduty_id == "P1"
