"""What the reconciler asks of the ledger and of the queue, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.events import news
from bot.domain.events.services import SubscriptionEnabled
from bot.domain.incident import Status
from bot.domain.job import Job
from bot.domain.people import MUSTER
from tests.storage.facts import START, noted, room_opened, told, triggered

AGO = timedelta(hours=1)


def test_jobs_that_are_owed_or_were_seen_to_lately_are_told_by_incident_and_kind(run: Any) -> None:
    run(lambda tx: [tx.put(Job(kind, f"INC-{n}/x", n)) for n, kind in ((1, "post_card"), (2, "invite"))])
    run(lambda tx: tx.put(Job("reconcile", "clock/reconcile")))
    [first, *_] = run(lambda tx: tx.claim(10))
    run(lambda tx: tx.give_up(first, "no"))
    assert run(lambda tx: tx.seen_to(datetime.now(UTC) - AGO)) == {(1, "post_card"), (2, "invite")}
    assert run(lambda tx: tx.seen_to(datetime.now(UTC) + AGO)) == {(1, "post_card"), (2, "invite")} - {
        (first.job.incident, first.job.kind)
    }


def test_open_incidents_without_a_whole_room_are_lacking(run: Any) -> None:
    run(lambda tx: [tx.record(triggered(name)) for name in ("Q1", "Q2", "Q3")])
    run(lambda tx: tx.record(room_opened(2, "C2")))
    run(lambda tx: tx.record(told(news.Resolved, Status.RESOLVED, pagerduty_id="Q3", after=2)))
    assert [incident.number for incident in run(lambda tx: tx.rooms_lacking())] == [1, 2]


def test_a_timeline_can_be_read_from_an_instant(run: Any) -> None:
    run(lambda tx: [tx.record(triggered()), tx.record(noted("x", key="n", after=10))])
    found = run(lambda tx: tx.timeline("INC-1", since=START + timedelta(minutes=5)))
    assert [entry.kind for entry in found] == ["incident.annotated"]


def test_a_subscription_has_a_timeline_of_its_own_that_can_be_proved(run: Any) -> None:
    enabled = SubscriptionEnabled(service_id="PWHS1", at=START, by=MUSTER, key="k", origin="pagerduty.rest")
    run(lambda tx: tx.record_for_service(enabled))
    assert [entry.kind for entry in run(lambda tx: tx.timeline("subscription:PWHS1"))] == ["subscription.enabled"]
    assert run(lambda tx: tx.verify("subscription:PWHS1")).broken_seq is None
