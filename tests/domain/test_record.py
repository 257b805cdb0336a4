"""PagerDuty's log beside our timeline: what was told, what was missed, what is no longer live."""

from datetime import timedelta

import pytest

from bot.domain.events import Entry, late, news, reports
from bot.domain.incident import Reference, Status
from bot.domain.people import PAGERDUTY, Actor
from bot.domain.record import LogEntry, differs, is_late, late_news, untold
from tests.builders import BOB, at, incident, told
from tests.domain.samples import sample

CAROL = Actor("responder", "PUCAROL", "Carol Chen")


def line(kind: str, minutes: float, *, by: Actor = BOB, name: str = "") -> LogEntry:
    return LogEntry(name or f"R{minutes}", kind, at(minutes), by, Reference("Q1"))


def entry(kind: str, minutes: float, *, by: Actor = BOB, learnt: float | None = None, **more: object) -> Entry:
    seq = int(more.pop("seq", 1))  # type: ignore[call-overload]
    origin = str(more.pop("origin", "pagerduty.webhook"))
    recorded = at(minutes if learnt is None else learnt)
    return Entry("INC-1", seq, at(minutes), recorded, kind, by, origin, f"{kind}:{minutes}", "text", more, "hash")


def test_what_a_webhook_told_is_not_told_again() -> None:
    timeline = [entry("incident.acknowledged", 1.01)]
    assert untold([line("acknowledge", 1)], timeline) == []


@pytest.mark.parametrize(
    "unlike", [line("resolve", 1), line("acknowledge", 3), line("acknowledge", 0.9), line("acknowledge", 1, by=CAROL)]
)
def test_another_kind_time_or_agent_is_another_fact(unlike: LogEntry) -> None:
    assert untold([unlike], [entry("incident.acknowledged", 1.01)]) == [unlike]


def test_one_telling_answers_for_one_log_entry_of_a_type() -> None:
    notes = [line("annotate", 1, name="R1"), line("annotate", 1.01, name="R2")]
    assert [left.id for left in untold(notes, [entry("incident.annotated", 1)])] == ["R2"]


def test_a_trigger_tells_who_was_paged_too() -> None:
    assert untold([line("trigger", 1), line("assign", 1)], [entry("incident.triggered", 1)]) == []


def test_what_was_learnt_from_the_log_is_not_learnt_again() -> None:
    known = Entry("INC-1", 1, at(1), at(9), "incident.logged", BOB, "pagerduty.log", "pagerduty-log:R1", "", {}, "")
    assert untold([line("notify", 1, name="R1")], [known]) == []


def test_automations_go_by_different_names() -> None:
    service = Actor("service", "PSCHECK", "Checkout")
    assert untold([line("unacknowledge", 1, by=service)], [entry("incident.unacknowledged", 1, by=PAGERDUTY)]) == []


def test_only_what_should_have_been_told_was_missed() -> None:
    assert line("resolve", 1).is_missed
    assert not line("notify", 1).is_missed
    assert not line("field_value_change", 1).is_missed


def test_news_is_late_after_five_minutes_and_ours_never() -> None:
    acknowledged = told(news.Acknowledged, 1)
    assert not is_late(acknowledged, at(5.9))
    assert is_late(acknowledged, at(6.1))
    assert not is_late(acknowledged, None)
    assert not is_late(sample(reports.Annotated, origin="slack.button"), at(90))
    assert is_late(sample(late.Logged, origin="pagerduty.log"), at(1))


def test_the_room_is_told_each_late_fact_once() -> None:
    timeline = [
        entry("incident.acknowledged", 1, learnt=60, seq=1), entry("incident.annotated", 59, seq=2),
        entry("incident.logged", 2, origin="pagerduty.log", entry_type="resolve", seq=3),
        entry("incident.logged", 2.5, origin="pagerduty.log", entry_type="notify", seq=4),
        entry("incident.resolved", 2.01, learnt=61, seq=5),
    ]  # fmt: skip
    assert [one.seq for one in late_news(timeline, after=0)] == [1, 3]
    assert [one.seq for one in late_news(timeline, after=1)] == [3]
    assert late_news(timeline, after=3) == []


def test_the_same_thing_by_another_name_makes_no_difference() -> None:
    before = incident()
    renamed = before.after(told(news.LookedUp, 1, service=Reference("PSCHECK", "Checkout (new name)", "https://elsewhere")))
    assert not differs(before, renamed)
    assert differs(before, before.after(told(news.LookedUp, 1, status=Status.ACKNOWLEDGED)))
    assert differs(before, before.after(told(news.LookedUp, 1, priority=Reference("P1", "P1"))))


def test_a_gap_is_told_with_its_beginning_and_its_end() -> None:
    hour = late.GapFound(**_common(), since=at(0), until=at(0) + timedelta(hours=1), entries=4)
    assert hour.text() == (
        "Muster had not heard of 4 things that happened between 2026-03-01 12:00 and 2026-03-01 13:00 UTC "
        "and read it in PagerDuty's log"
    )


def _common() -> dict[str, object]:
    event = sample(late.CaughtUp)
    return {name: getattr(event, name) for name in ("subject", "at", "by", "key", "origin")}
