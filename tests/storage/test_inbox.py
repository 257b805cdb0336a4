"""Deliveries: kept once, read in order, never lost for not being understood."""

from datetime import UTC, datetime
from typing import Any

import pytest

from storage import Database, NewDelivery
from tests.databases import on_postgres

BODY = b'{"event": \xff\x00}'


def new(key: str, *, source: str = "pagerduty", subject: str | None = "Q1") -> NewDelivery:
    return NewDelivery(source, key, subject, {"X-Webhook-Id": "w"}, BODY, datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_a_delivery_is_kept_byte_for_byte(run: Any) -> None:
    assert run(lambda tx: tx.keep(new("e1"))) is True
    (kept,) = run(lambda tx: tx.unread(10))
    assert (kept.source, kept.key, kept.subject, kept.headers) == ("pagerduty", "e1", "Q1", {"X-Webhook-Id": "w"})
    assert (kept.body, kept.received_at, kept.state) == (BODY, new("e1").received_at, "kept")
    assert run(lambda tx: tx.delivery("9" * 5_000)) is None
    assert run(lambda tx: tx.delivery("e1")) == run(lambda tx: tx.delivery(str(kept.id))) == kept


def test_the_same_delivery_is_kept_once_for_ever(run: Any) -> None:
    assert run(lambda tx: [tx.keep(new("e1")), tx.keep(new("e1")), tx.keep(new("e2"))]) == [True, False, True]
    run(lambda tx: [tx.mark_read(one.id) for one in tx.unread(10)])
    assert run(lambda tx: tx.keep(new("e1"))) is False
    assert run(lambda tx: tx.unread(10)) == []


def test_a_key_is_a_key_of_its_source(run: Any) -> None:
    assert run(lambda tx: [tx.keep(new("1")), tx.keep(new("1", source="in/uptime"))]) == [True, True]


def test_deliveries_are_read_oldest_first_and_a_few_at_a_time(run: Any) -> None:
    run(lambda tx: [tx.keep(new(f"e{n}")) for n in range(5)])
    first = run(lambda tx: tx.unread(3))
    run(lambda tx: [tx.mark_read(one.id) for one in first])
    assert [one.key for one in first] == ["e0", "e1", "e2"]
    assert [one.key for one in run(lambda tx: tx.unread(3))] == ["e3", "e4"]


def test_what_is_not_understood_stays_with_its_complaint_and_can_be_read_again(run: Any) -> None:
    run(lambda tx: tx.keep(new("e1")))
    run(lambda tx: [tx.complain(one.id, "No such event type\x00") for one in tx.unread(10)])
    assert run(lambda tx: tx.unread(10)) == []
    (one,) = run(lambda tx: tx.not_understood())
    assert (one.state, one.complaint) == ("not understood", "No such event type\ufffd")
    run(lambda tx: tx.unread_again(one.id))
    (again,) = run(lambda tx: tx.unread(10))
    assert (again.key, again.complaint) == ("e1", None)


def test_an_attempt_fails_alone(run: Any) -> None:
    def read(tx: Any) -> None:
        tx.keep(new("e1"))
        with pytest.raises(ZeroDivisionError):
            tx.attempt(lambda: (tx.keep(new("e2")), 1 // 0))
        assert tx.attempt(lambda: tx.keep(new("e3")))

    run(read)
    assert [one.key for one in run(lambda tx: tx.unread(10))] == ["e1", "e3"]


@on_postgres
def test_a_replica_leaves_reading_to_the_one_that_reads(database: Database, replica: Database) -> None:
    def read(tx: Any) -> tuple[int, int]:
        elsewhere = replica.submit(lambda other: other.unread(10)).result(timeout=5)
        return len(tx.unread(10)), len(elsewhere)

    database.submit(lambda tx: tx.keep(new("e1"))).result(timeout=5)
    assert database.submit(lambda tx: (tx.unread(1), read(tx))[1]).result(timeout=5) == (1, 0)
    assert len(replica.submit(lambda tx: tx.unread(10)).result(timeout=5)) == 1
