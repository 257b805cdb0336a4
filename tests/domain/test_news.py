"""How PagerDuty's news moves an incident, and how the clock it carries decides what is stale."""

import pytest

from bot.domain.events import INCIDENT_KINDS, Event, news, reports, requests
from bot.domain.events.reports import Report
from bot.domain.incident import Bridge, Deed, Incident, Reference, Status
from bot.domain.people import Actor
from tests.builders import ALICE, BOB, PAYMENTS, at, fact, incident, told, triggered
from tests.domain.samples import SAMPLES, sample

EVE = Actor("responder", "PUEVE", "Eve")
NEWS = [kind for kind in INCIDENT_KINDS if issubclass(kind, news.News)]
LATER = [kind for kind in NEWS if kind is not news.Triggered]
REPORTS = [event for event in SAMPLES if isinstance(event, Report)]
each_report = pytest.mark.parametrize("event", REPORTS, ids=lambda event: event.kind)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_whatever_kind_is_heard_first_introduces_the_incident(event: Event) -> None:
    moved = Incident(7).after(event)
    assert moved.number == 7
    if isinstance(event, news.News | Report):
        assert (moved.pagerduty_id, moved.title) == ("Q1", "Checkout is down")


@pytest.mark.parametrize(
    ("kind", "said", "status"),
    [
        (news.Triggered, Status.TRIGGERED, Status.TRIGGERED),
        (news.Acknowledged, Status.ACKNOWLEDGED, Status.ACKNOWLEDGED),
        (news.Unacknowledged, Status.TRIGGERED, Status.TRIGGERED),
        (news.Resolved, Status.RESOLVED, Status.RESOLVED),
        (news.Reopened, Status.ACKNOWLEDGED, Status.ACKNOWLEDGED),
        (news.Reassigned, Status.ACKNOWLEDGED, Status.ACKNOWLEDGED),
        (news.LookedUp, Status.RESOLVED, Status.RESOLVED),
        (requests.Created, Status.TRIGGERED, Status.TRIGGERED),
    ],
)
def test_each_kind_of_news_puts_the_incident_where_pagerduty_says(
    kind: type[news.News], said: Status, status: Status
) -> None:
    assert Incident(1).after(told(kind, status=said)).status is status


@pytest.mark.parametrize("kind", LATER, ids=lambda kind: kind.kind)
def test_the_newest_news_tells_the_whole_truth(kind: type[news.News]) -> None:
    moved = incident().after(
        told(kind, 5, title="Payments too", service=PAYMENTS, urgency="low", priority=Reference("P1", "P1"))
    )
    assert (moved.title, moved.service, moved.urgency) == ("Payments too", PAYMENTS, "low")
    assert moved.priority == Reference("P1", "P1")
    assert moved.news_at == at(5)


@pytest.mark.parametrize("kind", NEWS, ids=lambda kind: kind.kind)
def test_news_that_pagerduty_dates_before_what_we_know_moves_nothing(kind: type[news.News]) -> None:
    known = incident(told(news.Acknowledged, 10))
    late = told(kind, 9.99, title="Old title", status=Status.RESOLVED)
    assert known.after(late).without("declare") == known


def test_a_trigger_that_comes_after_other_news_moves_nothing_whatever_its_date() -> None:
    known = Incident(1).after(told(news.Acknowledged, 1))
    assert known.after(triggered(2)) == known


@pytest.mark.parametrize("kind", NEWS, ids=lambda kind: kind.kind)
def test_the_same_news_twice_is_the_same_as_once(kind: type[news.News]) -> None:
    once = incident(told(kind, 5, by=ALICE))
    assert once.after(told(kind, 5, by=ALICE)) == once


def test_an_echo_leaves_the_deed_with_whoever_did_it_first() -> None:
    acknowledged = incident(told(news.Acknowledged, 5, by=ALICE))
    assert acknowledged.after(told(news.Acknowledged, 6, by=BOB)).acknowledged == Deed(ALICE, at(5))


def test_who_acknowledged_is_forgotten_when_the_acknowledgement_lapses() -> None:
    assert incident(told(news.Acknowledged, 5), told(news.Unacknowledged, 6)).acknowledged is None


def test_a_reopened_incident_is_not_resolved_any_more() -> None:
    it = incident(told(news.Resolved, 5), told(news.Reopened, 6, status=Status.ACKNOWLEDGED))
    assert it.is_open
    assert it.resolved is None


def test_what_a_resolution_leaves_out_stays_known() -> None:
    """PagerDuty takes the assignees off what is resolved; people still want to read who it was."""
    alice = Reference("PUALICE", "Alice")
    it = incident(told(news.Acknowledged, 1, assignees=(alice,)), told(news.Resolved, 2))
    assert it.assignees == (alice,)


def test_a_merge_reads_as_a_merge() -> None:
    into = Reference("Q2", "Everything is down")
    merged = told(news.Resolved, 5, merged_into=into)
    assert merged.text() == "Bob Brown merged it into Everything is down"
    assert incident(merged).merged_into == into


@each_report
def test_a_report_never_moves_the_status_nor_outdates_news(event: Event) -> None:
    known = incident(told(news.Acknowledged, 10))
    moved = known.after(event)
    assert (moved.status, moved.title, moved.news_at) == (known.status, known.title, known.news_at)


def test_news_after_a_report_fills_in_what_the_report_could_not_say() -> None:
    it = Incident(1).after(sample(reports.Annotated)).after(triggered(title="The whole title"))
    assert (it.title, it.urgency, it.status) == ("The whole title", "high", Status.TRIGGERED)


def test_people_asked_to_help_are_counted_once() -> None:
    asked = sample(reports.ResponderAdded)
    assert incident(asked, asked).responders == (Reference("PUBOB", "Bob Brown"),)


def test_a_bridge_older_than_the_news_changes_nothing() -> None:
    known = incident(told(news.Acknowledged, 10, bridge=Bridge(None, "https://meet.example/new")))
    late = fact(
        reports.BridgeUpdated, 5, incident=Reference("Q1"), bridge=Bridge(None, "https://meet.example/old")
    )
    assert known.after(late).bridge == known.bridge


@pytest.mark.parametrize(
    ("sent", "came_back", "trimmed", "is_ours"),
    [
        ("Restarted", "Restarted", False, True),
        ("Restarted", "Restarted it", False, False),
        ("x" * 30, "x" * 20 + "…", True, True),
        ("x" * 30, "x" * 20 + "...", True, True),
        ("x" * 30, "y" * 20 + "...", True, False),
    ],
)
def test_our_own_note_is_known_when_pagerduty_tells_us_of_it(
    sent: str, came_back: str, trimmed: bool, is_ours: bool
) -> None:
    waiting = incident(fact(requests.NoteWritten, note=sent))
    moved = waiting.after(sample(reports.Annotated, content=came_back, trimmed=trimmed))
    assert (moved.expected_notes == ()) is is_ours


def test_whoever_acknowledges_unasked_is_a_volunteer_until_somebody_else_assigns_it_to_them() -> None:
    eve, bob = Reference(EVE.id), Reference(BOB.id)
    it = incident(told(news.Acknowledged, 1, by=EVE, assignees=(eve,)), assignees=(bob,))
    assert it.volunteers == (EVE.id,)
    lapsed = it.after(told(news.Unacknowledged, 2, assignees=(eve,)))
    assert lapsed.volunteers == (EVE.id,)
    assert lapsed.after(told(news.Escalated, 3, by=BOB, assignees=(eve,))).volunteers == ()


def test_whoever_acknowledges_what_they_were_paged_for_is_no_volunteer() -> None:
    bob = (Reference(BOB.id),)
    assert incident(told(news.Acknowledged, 1, by=BOB, assignees=bob), assignees=bob).volunteers == ()
    assert Incident(1).after(told(news.Acknowledged, 1, by=BOB, assignees=bob)).volunteers == ()
