"""Alerts of sources on both databases: found by every name they have, and forgetful of what was redacted."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.chain import redaction_key
from bot.domain.events.redactions import EntryRedacted
from bot.domain.events.signals import Correlated, Signalled
from bot.domain.incident import Subject
from bot.domain.job import Job
from bot.domain.people import MUSTER
from bot.domain.signal import Alert
from storage import NewDelivery, OpenAlerts, Transaction
from storage.schema import jobs
from tests.storage.conftest import Run
from tests.storage.facts import START, fact, triggered

WORDS = "Mrs Example of 12 Long Street cannot pay"


def alert(key: str = "k1", source: str = "monitor", **known: Any) -> Alert:
    given = {"status": "triggered", "queue": "q", "severity": "error", "summary": WORDS, "raised_at": START}
    return Alert(**{"source": source, "dedup_key": key, **given, **known})


def kept(*alerts: Alert) -> Any:
    return lambda tx: [tx.keep_alert(one) for one in alerts]


def test_an_alert_is_found_by_its_key_while_it_is_open_or_belongs_nowhere(run: Run[Any]) -> None:
    over, settled = alert(status="resolved", source="a"), alert(status="resolved", source="b", incident=7)
    run(kept(over, settled, alert(source="c", incident=7), alert("k2")))
    assert [one.source for one in run(lambda tx: tx.alerts_with_key("k1"))] == ["a", "c"]


def test_what_was_looked_for_and_learned_is_kept(run: Run[Any]) -> None:
    known = alert(looked=3, learned="critical", expects="acknowledged", refs={"groupId": "g"}, fields={"Host": "db1"})
    run(kept(known))
    assert run(lambda tx: tx.alert_in_hand("monitor", "k1")) == known
    assert run(lambda tx: tx.alert_in_hand("monitor", "k2")) is None


def test_of_open_alerts_those_are_told_apart_that_pagerduty_did_not_take(run: Run[Any]) -> None:
    raised = (alert("taken"), alert("refused"), alert("waits"), alert("in an incident", incident=7), alert("forgotten"))
    run(kept(*raised, alert("over", status="resolved"), alert("refused", source="another")))
    for job in [*map(trigger, ("taken", "refused")), trigger("taken"), trigger("refused", "resolve")]:
        settled(run, job, "refused" if job.arguments["dedup_key"] == "refused" else None)
    run(lambda tx: [tx.put(trigger("taken")), tx.put(trigger("waits"))])
    settled(run, trigger("in an incident"), "the key is unknown")
    assert run(lambda tx: tx.open_alerts_told("monitor")) == OpenAlerts(taken=3, waiting=1, refused=1)
    assert run(lambda tx: tx.open_alerts_told("another")) == OpenAlerts(taken=1), "which has no job of its own"


def test_an_alert_that_is_raised_again_waits_again(run: Run[Any]) -> None:
    settled(run, trigger("k1"), None)
    again = START + timedelta(hours=1)
    run(lambda tx: tx.put(trigger("k1", raised_at=again.isoformat())))
    run(kept(alert("k1", raised_at=again)))
    assert run(lambda tx: tx.open_alerts_told("monitor")) == OpenAlerts(waiting=1)


def trigger(key: str, action: str = "trigger", raised_at: str = START.isoformat()) -> Job:
    told = {"source": "monitor", "dedup_key": key, "action": action, "raised_at": raised_at}
    return Job("send_signal", "q", arguments=told)


def settled(run: Run[Any], job: Job, complaint: str | None) -> None:
    run(lambda tx: tx.put(job))
    [claim] = run(lambda tx: tx.claim(1))
    run(lambda tx: tx.give_up(claim, complaint) if complaint else tx.settle(claim))


def correlated(**known: Any) -> Correlated:
    made: Correlated = fact(
        Correlated, "c1", subject=Subject(number=1), source="monitor", client="Nagios", dedup_key="k1",
        severity="error", summary=WORDS, **known,
    )  # fmt: skip
    return made


def redact(tx: Transaction) -> None:
    entry = next(one for one in tx.timeline("INC-1") if one.kind == Correlated.kind)
    tx.redact(
        entry,
        EntryRedacted(
            subject=Subject(number=1), at=START, by=MUSTER, key=redaction_key("INC-1", entry.seq), origin="cli",
            seq=entry.seq, entry_kind=entry.kind, entry_key=entry.key, entry_at=START,
        ),
    )  # fmt: skip


def test_the_words_of_a_redacted_signal_are_gone_wherever_they_stood(run: Run[Any]) -> None:
    run(kept(alert(incident=1, fields={"Customer": WORDS}, service_id="P1")))
    run(lambda tx: tx.record(triggered()))
    run(lambda tx: tx.record(correlated(fields={"Customer": WORDS})))
    body = f'{{"odd": ["{WORDS}"], "id": 7}}'.encode()
    run(lambda tx: tx.keep(NewDelivery("in:monitor", "d1", None, {}, body, datetime.now(UTC))))
    run(lambda tx: tx.mark_read(tx.delivery("d1").id))
    for key in ("k1", "k2"):
        arguments = {"source": "monitor", "dedup_key": key, "body": {"payload": {"odd": WORDS}, "dedup_key": WORDS}}
        run(lambda tx, told=arguments: tx.put(Job("send_signal", "q", arguments=told)))
    run(redact)
    (row,) = run(lambda tx: tx.alerts_of(1))
    assert (row.summary, row.fields, row.dedup_key) == ("(redacted)", {}, "k1")
    (origin,) = run(lambda tx: tx.incident(1)).alerts
    assert (origin.summary, origin.fields) == ("(redacted)", {})
    assert run(lambda tx: tx.delivery("d1")).body == b'{"id":7,"odd":["(redacted)"]}'
    sent = [one["body"] for one in run(sending)]
    assert sent == [{"payload": {"odd": said}, "dedup_key": WORDS} for said in ("(redacted)", WORDS)]


def sending(tx: Transaction) -> list[Any]:
    rows = tx._all(jobs.select().where(jobs.c.kind == "send_signal").order_by(jobs.c.id))
    return [json.loads(row.arguments) for row in rows]


def test_what_the_source_repeats_of_a_redacted_signal_is_redacted_again(run: Run[Any]) -> None:
    run(kept(alert(incident=1)))
    run(lambda tx: tx.record(triggered()))
    run(lambda tx: tx.record(correlated()))
    run(redact)
    again = fact(
        Signalled, "s1", subject=Subject(number=1), source="monitor", action="trigger", dedup_key="k1", summary=WORDS
    )
    run(lambda tx: tx.record(replace(again, origin="in.monitor")))
    (entry,) = [one for one in run(lambda tx: tx.timeline("INC-1")) if one.kind == Signalled.kind]
    assert entry.details["summary"] == "(redacted)"


def test_deliveries_from_before_the_alert_are_left_alone(run: Run[Any]) -> None:
    run(kept(alert(incident=1)))
    run(lambda tx: tx.record(triggered()))
    run(lambda tx: tx.record(correlated()))
    early = datetime(2020, 1, 1, tzinfo=UTC)
    body = f'["{WORDS}"]'.encode()
    run(lambda tx: tx.keep(NewDelivery("in:monitor", "d1", None, {}, body, early)))
    run(lambda tx: tx.mark_read(tx.delivery("d1").id))
    run(redact)
    assert run(lambda tx: tx.delivery("d1")).body == body
