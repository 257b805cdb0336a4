"""Where incidents come from, as plain values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.belonging import FIRST_LOOK, LOOKS, is_sought, matching
from bot.domain.correlating import to_write_back
from bot.domain.events import Event, news, reports
from bot.domain.events.requests import Declared
from bot.domain.events.signals import Correlated, Signalled, UrgencySet, WrittenBack
from bot.domain.incident import Incident, Reference, Status
from bot.domain.origin import MOST, Origin, joined, urgency
from bot.domain.people import Actor
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing, SourceRule
from bot.domain.signal import Alert, Severity, Signal
from bot.domain.signalling import Verdict, verdict
from tests.builders import ALICE, CHECKOUT, START, fact, incident, room_opened, told, triggered
from tests.domain.samples import sample

NAGIOS = Actor("service", "backup", "Nagios")
SOURCES = Routing(sources={"backup": SourceRule(assign=("@dba",), writes_back=True)})


def alert(**known: Any) -> Alert:
    given = {"status": "triggered", "queue": "events:PSCHECK", "severity": "error", "summary": "Disk full"}
    return Alert(**{"source": "backup", "dedup_key": "db1/disk", "raised_at": START, **given, **known})


def correlated(key: str = "db1/disk", severity: Severity = "error", **known: Any) -> Correlated:
    return fact(
        Correlated, source="backup", client="Nagios", dedup_key=key, severity=severity, summary="Disk full", **known
    )


def said(action: str, severity: Severity | None = None, **known: Any) -> Signalled:
    return fact(
        Signalled, by=NAGIOS, source="backup", action=action, dedup_key="db1/disk", summary="Disk full",
        severity=severity, **known,
    )  # fmt: skip


def jobs(before: Incident | None, event: Event, routing: Routing = SOURCES) -> list[str]:
    after = (before or Incident(1)).after(event)
    return [job.kind for job in Reactions(routing).to(before, event, after)]


def lines(before: Incident, event: Event) -> list[str]:
    owed = Reactions(SOURCES).to(before, event, before.after(event))
    return [str(job.arguments["text"]) for job in owed if job.kind == "say"]


@pytest.mark.parametrize("event", [triggered(), told(news.Acknowledged), sample(reports.Annotated)])
def test_whatever_the_first_news_is_its_source_is_looked_for(event: Event) -> None:
    assert "correlate" in jobs(None, event)
    assert "correlate" not in jobs(None, event, Routing())
    assert "correlate" not in jobs(incident(), told(news.Escalated))


def test_what_a_person_declares_comes_from_no_source() -> None:
    assert "correlate" not in jobs(None, sample(Declared))


def test_alerts_follow_a_merge() -> None:
    merged = told(news.Resolved, 2, merged_into=Reference("Q2"))
    assert "correlate" in jobs(incident(correlated()), merged)
    assert "correlate" not in jobs(incident(), merged)


def test_the_first_alert_is_no_line_and_a_further_one_is() -> None:
    open_room = incident(room_opened())
    assert lines(open_room, correlated()) == []
    assert lines(open_room.after(correlated()), correlated("db2/disk")) == ["Nagios raised an alert (error): Disk full"]


def test_many_alerts_are_counted_and_not_told_one_by_one() -> None:
    grown = incident(room_opened(), *(correlated(f"db{n}") for n in range(5)))
    assert lines(grown, correlated("db6")) == []
    assert "update_card" in jobs(grown, correlated("db6"))


def test_a_repeat_causes_nothing() -> None:
    known = incident(room_opened(), correlated())
    assert jobs(known, said("trigger", "error")) == []


def test_another_severity_is_one_line_a_card_and_perhaps_another_urgency() -> None:
    known = incident(room_opened(), correlated())
    event = said("trigger", "critical", former="error")
    assert lines(known, event) == ["Nagios says that it is critical now, it was error: Disk full"]
    assert {"update_card", "follow_severity"} <= set(jobs(known, event))
    (origin,) = known.after(event).alerts
    assert (origin.severity, origin.former) == ("critical", "error")


def test_recovery_says_how_many_alerts_are_left() -> None:
    known = incident(room_opened(), correlated(), correlated("db2/disk"))
    assert lines(known, said("resolve")) == ["Nagios says that it is over: Disk full (1 more alert of INC-1 open)"]
    assert lines(known.after(said("resolve")), said("resolve")) == []


def test_what_is_not_passed_on_moves_nothing_but_a_recovery_does() -> None:
    known = incident(correlated())
    assert known.after(said("acknowledge", sent=False)) == known
    assert known.after(said("resolve", sent=False)).alerts[0].status == "resolved"


def test_the_people_of_the_source_are_invited_once_it_is_known() -> None:
    known = incident(room_opened())
    assert "invite" in jobs(known, correlated())
    assert "invite" not in jobs(known.after(correlated()), correlated("db2/disk"))
    assert SOURCES.assigned(known.after(correlated())) == ("@dba",)


def test_what_a_person_acknowledged_goes_back_and_what_the_source_said_does_not() -> None:
    known = incident(correlated())
    assert "write_back" in jobs(known, told(news.Acknowledged, 1))
    assert "write_back" not in jobs(known, told(news.Acknowledged, 1, by=Actor("service", "PSCHECK", "Checkout")))
    assert "write_back" not in jobs(known.after(said("acknowledge")), told(news.Acknowledged, 1))


def test_what_was_written_back_is_taken_back_when_it_lapses() -> None:
    held = incident(correlated(), told(news.Acknowledged, 1))
    written = fact(WrittenBack, source="backup", client="Nagios", dedup_key="db1/disk", acknowledged=True)
    assert to_write_back(held.after(written), SOURCES) == []
    assert "write_back" in jobs(held.after(written), told(news.Unacknowledged, 2))
    assert "write_back" not in jobs(held, told(news.Unacknowledged, 2))


def test_the_urgency_that_was_set_is_the_incidents() -> None:
    assert incident().after(fact(UrgencySet, urgency="low", severity="info")).urgency == "low"


@pytest.mark.parametrize(
    ("told_by", "wanted"),
    [((), None), (("info", "warning"), "low"), (("info", "error"), "high"), (("critical",), "high")],
)
def test_the_worst_severity_decides_the_urgency(told_by: tuple[Severity, ...], wanted: str | None) -> None:
    assert urgency(told_by) == wanted


def test_an_incident_remembers_so_many_alerts_and_forgets_those_first_that_are_over() -> None:
    known = tuple(Origin("s", "S", str(n), "error", "resolved" if n == 7 else "triggered") for n in range(MOST))
    left = joined(known, Origin("s", "S", "new", "error"))
    assert len(left) == MOST
    assert {one.dedup_key for one in known} - {one.dedup_key for one in left} == {"7"}


def test_an_alert_is_known_by_its_key_and_its_service() -> None:
    here, elsewhere, anywhere = alert(service_id="PSCHECK"), alert(service_id="PSPAYME"), alert(service_id=None)
    by_name = alert(service_id="checkout")
    assert matching([elsewhere, anywhere, here], CHECKOUT, "x") == [here]
    assert matching([elsewhere, by_name], CHECKOUT, "x") == [by_name]
    likely = replace(anywhere, source="other", summary="Disk full")
    assert matching([replace(anywhere, summary="Else"), likely, elsewhere], CHECKOUT, "Disk full") == [likely]
    assert matching([elsewhere], CHECKOUT, "x") == []


def test_an_alert_is_sought_less_and_less_often_and_then_never() -> None:
    assert not is_sought(alert(), START + FIRST_LOOK / 2)
    assert is_sought(alert(), START + FIRST_LOOK)
    assert not is_sought(alert(looked=1), START + FIRST_LOOK)
    assert not is_sought(alert(looked=LOOKS), START + timedelta(days=9))
    assert not is_sought(alert(incident=1), START + FIRST_LOOK)


def decided(action: Any, known: Alert | None, **more: Any) -> Verdict:
    signal = Signal(action=action, dedup_key="db1/disk", summary="Disk full", severity="error")
    return verdict(signal, known, alert(), **{"closed": False, "policy": "ignore", **more})


def test_the_echo_of_what_the_source_was_told_is_not_sent_on() -> None:
    echo = decided("acknowledge", alert(expects="acknowledged"))
    assert (echo.sent, echo.why) == (False, "it heard so from PagerDuty")
    assert decided("acknowledge", alert()).sent


def test_what_is_acknowledged_in_pagerduty_is_not_acknowledged_there_again() -> None:
    assert not decided("acknowledge", alert(), acknowledged=True).sent
    assert decided("resolve", alert(), acknowledged=True).sent


def test_a_severity_that_was_asked_for_outlives_the_sources_next_word() -> None:
    after = decided("trigger", alert(learned="critical", severity="critical")).alert
    assert after
    assert after.severity == "critical"


@pytest.mark.parametrize(("policy", "sent"), [("ignore", False), ("reopen", True)])
def test_after_a_persons_resolve_the_policy_decides_until_the_source_has_recovered(policy: Any, sent: bool) -> None:
    known = alert(incident=1)
    assert decided("trigger", known, closed=True, policy=policy).sent is sent
    over = decided("resolve", known, closed=True, policy=policy)
    assert (over.sent, over.alert and over.alert.status) == (False, "resolved")
    again = decided("trigger", over.alert, closed=True, policy=policy)
    assert (again.sent, again.alert and again.alert.incident) == (True, None)


def test_status_is_of_no_person_when_nobody_acknowledged() -> None:
    assert incident(correlated()).status is Status.TRIGGERED
    assert to_write_back(incident(correlated(), told(news.Acknowledged, 1, by=ALICE)), SOURCES)
