"""PagerDuty's webhooks of the second version: news of incidents, put as those of the third."""

import pytest

from bot.domain.events import news, reports
from bot.pagerduty import meaning
from bot.sources import ADAPTERS, Unmapped
from bot.sources.pagerduty_v2 import news as events
from bot.sources.relay_event import V3_NAMES
from tests.bot.sources.said import fixture, received, signals

BODY = fixture("pagerduty-v2.json")


def test_the_messages_are_the_facts_that_a_newer_webhook_tells() -> None:
    triggered, note, resolved = (meaning.told(one) for one in events(received(BODY)))
    assert isinstance(triggered, news.Triggered)
    assert (triggered.snapshot.pagerduty_id, triggered.snapshot.pagerduty_number) == ("PINCIDENT1", 12)
    assert triggered.snapshot.service
    assert (triggered.snapshot.service.id, triggered.snapshot.service.summary) == ("PSHOP01", "Shop")
    assert [one.summary for one in triggered.snapshot.assignees] == ["Alice Andersen"]
    assert isinstance(note, reports.Annotated)
    assert (note.content, note.by.name, note.incident.id) == ("Looking at it", "Alice Andersen", "PINCIDENT1")
    assert isinstance(resolved, news.Resolved)
    assert (resolved.snapshot.status, resolved.by.name) == ("resolved", "Alice Andersen")


@pytest.mark.parametrize(("old", "new"), V3_NAMES.items())
def test_every_kind_is_understood(old: str, new: str) -> None:
    message = {**BODY["messages"][1 if old == "incident.annotate" else 0], "event": old}
    told = meaning.told(events(received({"messages": [message]}))[0])
    assert told
    assert told.kind == new


def test_nothing_of_it_is_signalled() -> None:
    told = signals("pagerduty-v2", BODY)
    assert [one.action for one in told] == ["ignore"] * 3
    assert told[0].summary == "incident.triggered: The cart is down"


def test_a_request_goes_by_the_ids_of_its_messages() -> None:
    key = ADAPTERS["pagerduty-v2"].key
    assert key(received(BODY)) == key(received(BODY, {"X-Webhook-Id": "another"})) is not None
    assert key(received(BODY)) != key(received({"messages": BODY["messages"][:1]}))
    assert key(received({"messages": [{"event": "incident.trigger"}]})) is None


def test_a_body_without_messages_says_so() -> None:
    with pytest.raises(Unmapped, match="messages"):
        signals("pagerduty-v2", {"event": {}})
