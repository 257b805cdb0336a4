"""Services, changes, small facts."""

from datetime import timedelta
from typing import Any

from bot.domain.change import ChangeEvent
from bot.domain.incident import Reference
from tests.storage.facts import ALICE, START

CHECKOUT = Reference("PCHECK1", "Checkout", "https://example.pagerduty.com/services/PCHECK1")
PAYMENTS = Reference("PPAY1", "payments")


def change(id: str, minutes: int, service: Reference = CHECKOUT) -> ChangeEvent:  # noqa: A002
    at = START + timedelta(minutes=minutes)
    return ChangeEvent(id, f"deploy {id}", at, service.id, service.summary, ALICE, ("https://ci.example/1",), 7)


def test_services_are_listed_by_name_and_found_by_id_or_name(run: Any) -> None:
    run(lambda tx: tx.remember_services([PAYMENTS, CHECKOUT]))
    assert run(lambda tx: tx.services()) == [CHECKOUT, PAYMENTS]
    assert run(lambda tx: [tx.service("PPAY1"), tx.service("CHECKOUT"), tx.service("nope")]) == [
        PAYMENTS, CHECKOUT, None,
    ]  # fmt: skip


def test_a_renamed_service_is_found_by_its_new_name_alone(run: Any) -> None:
    run(lambda tx: tx.remember_services([CHECKOUT]))
    run(lambda tx: tx.remember_services([Reference("PCHECK1", "Basket")]))
    assert run(lambda tx: [tx.service("basket"), tx.service("checkout")]) == [Reference("PCHECK1", "Basket"), None]


def test_changes_are_listed_newest_first_since_a_time_on_a_service_or_on_all(run: Any) -> None:
    kept = [change("c1", 1), change("c2", 2), change("c3", 3, PAYMENTS), change("c0", 0)]
    run(lambda tx: [tx.keep_change(one) for one in kept])

    def ids(**wanted: Any) -> list[str]:
        return [one.id for one in run(lambda tx: tx.changes(since=START + timedelta(minutes=1), **wanted))]

    assert (ids(), ids(limit=1), ids(service_id="PCHECK1")) == (["c3", "c2", "c1"], ["c3"], ["c2", "c1"])
    assert run(lambda tx: tx.changes(since=START, limit=4))[-1] == kept[-1]


def test_a_fact_is_the_last_that_was_kept(run: Any) -> None:
    assert run(lambda tx: tx.fact("team")) is None
    run(lambda tx: [tx.keep_fact("team", "T1"), tx.keep_fact("team", "T2")])
    assert run(lambda tx: tx.fact("team")) == "T2"
