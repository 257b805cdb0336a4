"""Relay: what its steps and its runs become, and the names its workflows know an incident by."""

from typing import Any

import pytest

from bot.pagerduty.signalling import event_of
from bot.sources import Unmapped
from bot.sources.relay_event import V3_NAMES, relay_event
from tests.bot.sources.said import fixture, signal

RUN = {"workflow": "deploy", "run": "41", "status": "failed", "step": "roll-out", "message": "no such image"}
SENT = {"event_action": "trigger", "dedup_key": "shop-down",
        "payload": {"summary": "The shop is down", "source": "shop", "severity": "critical"}}  # fmt: skip
V2 = fixture("pagerduty-v2.json")


@pytest.mark.parametrize("action", ["trigger", "acknowledge", "resolve"])
def test_the_step_event_send_goes_on_as_it_came(action: str) -> None:
    told = SENT if action == "trigger" else {"event_action": action, "dedup_key": "shop-down"}
    assert event_of(signal("relay", {**told, "routing_key": "K"})) == ("/v2/enqueue", told)


def test_the_step_change_event_send_is_a_change() -> None:
    payload = {"summary": "Rolled back", "source": "Relay Workflow", "timestamp": "2026-03-02T09:00:00.000000Z"}
    assert event_of(signal("relay", {"routing_key": "K", "payload": payload})) == (
        "/v2/change/enqueue", {"payload": payload},
    )  # fmt: skip


def test_a_run_that_failed_is_an_alert_and_the_next_success_is_over_with_it() -> None:
    failed = signal("relay", RUN)
    assert (failed.action, failed.dedup_key, failed.severity) == ("trigger", "relay:workflow:deploy", "error")
    assert failed.summary == "Relay: deploy failed at step roll-out - no such image"
    over = signal("relay", {"workflow": {"name": "deploy"}, "run": {"id": 42}, "status": "Succeeded"})
    assert (over.action, over.dedup_key) == ("resolve", failed.dedup_key)
    assert failed.idempotency_key != over.idempotency_key


def test_a_scope_tells_the_runs_of_one_workflow_apart() -> None:
    assert signal("relay", {**RUN, "scope": "eu"}).dedup_key == "relay:workflow:deploy:eu"


def test_how_bad_a_failed_run_is_is_the_operators_to_say() -> None:
    assert signal("relay", RUN, severity={"Deploy": "critical"}).severity == "critical"


@pytest.mark.parametrize("status", ["skipped", "running", "cancelled"])
def test_a_run_that_has_not_ended_badly_or_well_is_nothing(status: str) -> None:
    assert signal("relay", {**RUN, "status": status}).action == "ignore"


@pytest.mark.parametrize(
    ("body", "member"),
    [({}, "workflow"), ({"workflow": "deploy", "status": "odd"}, "status"),
     ({**SENT, "event_action": "odd"}, "event_action"), ({"payload": {}}, "payload.summary")],
)  # fmt: skip
def test_what_cannot_be_read_says_where(body: Any, member: str) -> None:
    with pytest.raises(Unmapped, match=member):
        signal("relay", body)


def test_a_webhook_of_the_second_version_has_relays_names() -> None:
    first, note, last = relay_event(V2)
    assert first == {
        "key": "aaaaaaaa-0000-11e7-0000-000000000001", "id": "PINCIDENT1", "eventType": "incident.triggered",
        "relayEventType": "incident.trigger", "incidentNumber": 12, "title": "The cart is down", "urgency": "high",
        "triggeredAt": "2026-03-02T09:00:00Z", "status": "triggered", "dedupKeys": ["cart-down"],
        "apiURL": "https://api.pagerduty.com/incidents/PINCIDENT1",
        "appURL": "https://example.pagerduty.com/incidents/PINCIDENT1", "service": "PSHOP01", "serviceName": "Shop",
        "serviceDescription": "All that sells", "serviceAPIURL": "https://api.pagerduty.com/services/PSHOP01",
        "serviceAppURL": "https://example.pagerduty.com/services/PSHOP01",
        "assignments": [{
            "assignedAt": "2026-03-02T09:00:00Z", "assigneeID": "PALICE1", "assigneeName": "Alice Andersen",
            "assigneeAPIURL": "https://api.pagerduty.com/users/PALICE1",
            "assigneeAppURL": "https://example.pagerduty.com/users/PALICE1",
        }],
    }  # fmt: skip
    assert (note["eventType"], note["id"]) == ("incident.annotated", "PINCIDENT1")
    assert (last["eventType"], last["assignments"], last["dedupKeys"]) == ("incident.resolved", [], [])


def test_a_webhook_of_the_third_version_has_them_too() -> None:
    data = {"id": "P1", "number": 3, "title": "Down", "incident_key": "k", "service": {"id": "S", "summary": "Shop"},
            "assignees": [{"id": "PALICE1", "summary": "Alice"}], "created_at": "2026-03-02T09:00:00Z"}  # fmt: skip
    [told] = relay_event({"event": {"id": "E1", "event_type": "incident.triggered", "data": data}})
    assert (told["key"], told["id"], told["incidentNumber"], told["serviceName"]) == ("E1", "P1", 3, "Shop")
    assert told["assignments"] == [{"assigneeID": "PALICE1", "assigneeName": "Alice"}]
    assert told["dedupKeys"] == ["k"]
    assert "serviceDescription" not in told


def test_kinds_that_only_name_their_incident_say_which() -> None:
    about = {"id": "P1", "summary": "Down", "html_url": "https://example.pagerduty.com/incidents/P1"}
    for data in ({"id": "N1", "incident": about}, {"incident_role_assignments": [{"incident": about}]}):
        [told] = relay_event({"event": {"id": "E1", "event_type": "incident.annotated", "data": data}})
        assert (told["id"], told["title"], told["appURL"]) == ("P1", "Down", about["html_url"])


def test_what_is_no_webhook_has_no_events() -> None:
    assert relay_event({}) == relay_event({"messages": []}) == []


def test_every_kind_of_the_second_version_has_a_name_in_the_third() -> None:
    for old, new in V3_NAMES.items():
        [told] = relay_event({"messages": [{"event": old, "incident": {}}]})
        assert (told["eventType"], told["relayEventType"]) == (new, old)
