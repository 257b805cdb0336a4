"""The Events API v2: what is refused, and what an event does."""

from typing import Any

import pytest

from bot.simulator.pagerduty.seed import integration_key
from tests.bot.simulator.pagerduty.world import World

pytestmark = pytest.mark.anyio
PAYLOAD = {"summary": "Disk full", "source": "db-1", "severity": "critical"}


async def test_a_trigger_opens_an_incident_and_answers_its_key(pd: World) -> None:
    response = await pd.event(event_action="trigger", payload=PAYLOAD, client="Grafana")
    incident = pd.pagerduty.incidents[0]
    assert (response.status_code, response.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": incident.incident_key},
    )
    alerts = (await pd.call("GET", f"/incidents/{incident.id}/alerts"))["alerts"]
    assert [(each["alert_key"], each["severity"], each["status"]) for each in alerts] == [
        (incident.incident_key, "critical", "triggered")
    ]
    await pd.pagerduty.settled()
    event = pd.bot.received[0].event
    assert (event["agent"]["summary"], event["client"]) == ("Checkout", {"name": "Grafana"})


async def test_one_open_alert_per_key(pd: World) -> None:
    for _ in range(2):
        await pd.event(event_action="trigger", payload=PAYLOAD, dedup_key="k")
    assert len(pd.pagerduty.incidents) == 1
    await pd.event(event_action="resolve", dedup_key="k")
    assert pd.pagerduty.incidents[0].status == "resolved"
    await pd.event(event_action="trigger", payload=PAYLOAD, dedup_key="k")
    assert [each.status for each in pd.pagerduty.incidents] == ["resolved", "triggered"]


async def test_what_has_no_open_alert_is_dropped_in_silence(pd: World) -> None:
    await pd.event(event_action="trigger", payload=PAYLOAD, dedup_key="k")
    other = await pd.event(event_action="resolve", dedup_key="k", routing_key=integration_key("Search"))
    unknown = await pd.event(event_action="acknowledge", dedup_key="z")
    nobody = await pd.event(event_action="trigger", payload=PAYLOAD, routing_key="0" * 32)
    assert [each.status_code for each in (other, unknown, nobody)] == [202] * 3
    assert [each.status for each in pd.pagerduty.incidents] == ["triggered"]


async def test_acknowledging_an_alert_acknowledges_its_incident(pd: World) -> None:
    key = await pd.pagerduty.trigger_alert("Disk full")
    await pd.pagerduty.acknowledge_alert(key)
    incident = pd.pagerduty.incidents[0]
    assert (incident.status, incident.log[-1].agent_name) == ("acknowledged", "Checkout")
    await pd.pagerduty.resolve_alert(key)
    assert incident.status == "resolved"


@pytest.mark.parametrize(("severity", "urgency"), [("critical", "high"), ("error", "high"), ("info", "low")])
async def test_severity_decides_urgency_only_where_the_service_says_so(pd: World, severity: str, urgency: str) -> None:
    await pd.pagerduty.trigger_alert("x", service="Payments", severity=severity)
    await pd.pagerduty.trigger_alert("x", service="Checkout", severity=severity)
    assert [each.urgency for each in pd.pagerduty.incidents] == [urgency, "high"]


async def test_the_last_alert_of_a_merged_incident_resolves_it(pd: World) -> None:
    keys = [await pd.pagerduty.trigger_alert(title) for title in "ab"]
    target, source = pd.pagerduty.incidents
    await pd.pagerduty.resolve_alert(keys[0])
    assert target.status == "resolved"
    await pd.pagerduty.reopen(target)
    target.alerts[0].status = "triggered"
    source.alerts, target.alerts = [], [*target.alerts, *source.alerts]
    await pd.pagerduty.resolve_alert(keys[1])
    assert target.status == "triggered"
    await pd.pagerduty.resolve_alert(keys[0])
    assert target.status == "resolved"


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"event_action": "open"}, "'event_action' is invalid"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": PAYLOAD | {"severity": "CRITICAL"}}, "'payload.severity' is invalid"),
        ({"payload": PAYLOAD | {"summary": ""}}, "'payload.summary' is missing or blank"),
        ({"payload": PAYLOAD | {"summary": "x" * 1025}}, "'payload.summary' is too long"),
        ({"payload": PAYLOAD | {"source": None}}, "'payload.source' is missing"),
        ({"payload": PAYLOAD | {"timestamp": "yesterday"}}, "'payload.timestamp' must be"),
        ({"payload": PAYLOAD | {"custom_details": "text"}}, "'payload.custom_details' must be"),
        ({"event_action": "resolve"}, "'dedup_key' is missing"),
        ({"dedup_key": "x" * 256}, "'dedup_key' is too long"),
        ({"links": [{"text": "no href"}]}, "'links' must be"),
        ({"links": [{"href": "https://example.com"}] * 51}, "links should have at most 50 item(s)"),
        ({"client": "x" * 512 * 1024}, "Event object format is unrecognized"),
    ],
)
async def test_a_malformed_event_is_refused_with_its_complaint(
    pd: World, event: dict[str, Any], complaint: str
) -> None:
    response = await pd.event(**{"event_action": "trigger", "payload": PAYLOAD} | event)
    assert (response.status_code, response.json()["status"]) == (400, "invalid event")
    assert response.json()["errors"][0].startswith(complaint)
    assert pd.pagerduty.incidents == []


async def test_changes_are_kept_each_time_and_cause_nothing(pd: World) -> None:
    payload = {"summary": "Deployed 42", "timestamp": "2026-01-02T03:04:05.678+0000", "custom_details": {"id": "c1"}}
    links = [{"href": "https://ci.example.com/42", "text": "Build 42"}]
    body = {"routing_key": integration_key("Payments"), "payload": payload, "links": links}
    for _ in range(2):
        response = await pd.client.post("/events/v2/change/enqueue", json=body)
        assert (response.status_code, response.json()["status"]) == (202, "success")
    kept = [(each.service.name, each.summary, each.custom_details) for each in pd.pagerduty.change_events]
    assert kept == [("Payments", "Deployed 42", {"id": "c1"})] * 2
    read = (await pd.call("GET", "/change_events"))["change_events"][0]
    assert (read["timestamp"], read["links"]) == ("2026-01-02T03:04:05Z", links)
    assert (pd.pagerduty.incidents, pd.pagerduty.deliveries) == ([], [])


async def test_an_integration_has_its_own_limit(pd: World) -> None:
    pd.pagerduty.limits = True
    statuses = [(await pd.event(event_action="resolve", dedup_key="k")).status_code for _ in range(121)]
    assert statuses == [202] * 120 + [429]
    other = await pd.event(event_action="resolve", dedup_key="k", routing_key=integration_key("Search"))
    assert other.status_code == 202
