"""What people ask for stays pending until PagerDuty has agreed, or until it is dropped."""

import pytest

from bot.domain.events import news, requests
from bot.domain.events.requests import may_still
from bot.domain.incident import Deed, Incident, Status
from tests.builders import ALICE, BOB, CHECKOUT, at, fact, incident, told

ACKNOWLEDGE, RESOLVE, REOPEN = requests.AcknowledgeRequested, requests.ResolveRequested, requests.ReopenRequested


def declared() -> Incident:
    event = fact(
        requests.Declared, title="Checkout is down", service_id=CHECKOUT.id, service="Checkout", urgency="high",
        incident_key="muster-1",
    )  # fmt: skip
    return Incident(1).after(event)


@pytest.mark.parametrize(
    ("ask", "verb", "answer"),
    [
        (ACKNOWLEDGE, "acknowledge", told(news.Acknowledged, 5)),
        (ACKNOWLEDGE, "acknowledge", told(news.Resolved, 5)),
        (RESOLVE, "resolve", told(news.Resolved, 5)),
        (ACKNOWLEDGE, "acknowledge", fact(requests.RequestDropped, verb="acknowledge", asker=ALICE, reason="no")),
        (RESOLVE, "resolve", fact(requests.RequestDropped, verb="resolve", asker=ALICE, reason="no")),
    ],
)
def test_a_request_is_pending_until_it_is_answered(
    ask: type[requests.Request], verb: str, answer: news.News | requests.RequestDropped
) -> None:
    asking = incident(fact(ask, 1))
    assert asking.pending == {verb: Deed(ALICE, at(1))}
    assert asking.status is Status.TRIGGERED
    assert asking.after(answer).pending == {}


@pytest.mark.parametrize("status", [Status.TRIGGERED, Status.ACKNOWLEDGED])
def test_a_reopening_is_pending_until_the_incident_is_open(status: Status) -> None:
    asking = incident(told(news.Resolved, 1), fact(REOPEN, 2))
    assert list(asking.pending) == ["reopen"]
    assert asking.after(told(news.Reopened, 3, status=status)).pending == {}


def test_whoever_asked_first_stays_the_asker() -> None:
    it = incident(fact(RESOLVE, 1, by=ALICE), fact(RESOLVE, 2, by=BOB))
    assert it.pending["resolve"].by == ALICE


@pytest.mark.parametrize("first", ["", "Rolled back"])
def test_asking_again_for_what_is_pending_changes_nothing(first: str) -> None:
    asking = incident(fact(RESOLVE, 1, resolution=first))
    assert asking.after(fact(RESOLVE, 2, by=BOB, resolution="Turned it off and on")) == asking


def test_a_declared_incident_has_a_title_before_pagerduty_knows_it_and_an_id_afterwards() -> None:
    it = declared()
    assert (it.title, it.pagerduty_id, list(it.pending)) == ("Checkout is down", None, ["declare"])
    created = it.after(told(requests.Created, 1))
    assert (created.pagerduty_id, created.pending, created.declared_by) == ("Q1", {}, ALICE)


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_lateness_is_shown_only_while_something_is_pending(verb: str) -> None:
    ask = {"acknowledge": ACKNOWLEDGE, "resolve": RESOLVE}[verb]
    delayed = fact(requests.RequestDelayed, 2, verb=verb, asker=ALICE, reason="PagerDuty does not answer")
    late = incident(fact(ask, 1), delayed)
    assert late.late == "PagerDuty does not answer"
    assert late.after(told(news.Resolved, 3)).late is None
    assert incident(delayed).late is None


def test_lateness_stays_while_another_request_still_waits() -> None:
    delayed = fact(requests.RequestDelayed, 2, verb="resolve", asker=ALICE, reason="down")
    it = incident(fact(ACKNOWLEDGE, 1), fact(RESOLVE, 1), delayed, told(news.Acknowledged, 3))
    assert (list(it.pending), it.late) == (["resolve"], "down")


@pytest.mark.parametrize(
    ("verb", "still"),
    [
        ("acknowledge", {Status.TRIGGERED}),
        ("resolve", {Status.TRIGGERED, Status.ACKNOWLEDGED}),
        ("reopen", {Status.RESOLVED}),
    ],
)
def test_nothing_is_asked_of_pagerduty_that_would_undo_what_stands(verb: str, still: set[Status]) -> None:
    """Acknowledging what is resolved would reopen it."""
    assert {status for status in Status if may_still(verb, status)} == still


def test_the_lead_is_whoever_took_it_last() -> None:
    taken = fact(requests.LeadTaken, lead=ALICE)
    given = fact(requests.LeadTaken, lead=BOB)
    assert (taken.text(), given.text()) == ("Alice Andersen leads", "Alice Andersen gave the lead to Bob Brown")
    assert incident(taken, given).lead == BOB
