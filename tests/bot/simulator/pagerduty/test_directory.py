"""People, services and change events over REST."""

from typing import Any

import pytest

from bot.simulator.pagerduty.seed import integration_key
from tests.bot.simulator.pagerduty.world import ALICE, World

pytestmark = pytest.mark.anyio


async def test_people_are_found_by_name_and_by_address(pd: World) -> None:
    for query in ("erin", "ERIN@example"):
        found = (await pd.call("GET", "/users", query=query))["users"]
        assert [user["email"] for user in found] == ["erin@example.com"]
    alice = pd.pagerduty.user(ALICE)
    assert (await pd.call("GET", f"/users/{alice.id}"))["user"]["name"] == "Alice Andersen"
    methods = (await pd.call("GET", f"/users/{alice.id}/contact_methods"))["contact_methods"]
    assert [(each["type"], each["address"]) for each in methods] == [("email_contact_method", ALICE)]


async def test_an_accounts_key_is_nobody(pd: World) -> None:
    response = await pd.response("GET", "/users/me")
    assert response.status_code == 400
    assert "account-level access token" in response.json()["error"]


async def test_oncalls_are_filtered_and_may_hold_whole_users(pd: World) -> None:
    policy = pd.pagerduty.policy("Payments on call").id
    query = {"escalation_policy_ids[]": policy, "include[]": "users"}
    found = (await pd.call("GET", "/oncalls", **query))["oncalls"]
    assert [(each["user"]["email"], each["escalation_level"]) for each in found] == [
        ("bob@example.com", 1),
        ("carol@example.com", 2),
    ]
    bare = (await pd.call("GET", "/oncalls"))["oncalls"][0]
    assert bare["user"]["type"] == "user_reference"


async def test_a_services_integration_key_can_be_read(pd: World) -> None:
    found = (await pd.call("GET", "/services", query="check", **{"include[]": "integrations"}))["services"]
    assert [service["name"] for service in found] == ["Checkout"]
    assert found[0]["integrations"][0]["integration_key"] == integration_key("Checkout")
    assert len(integration_key("Checkout")) == 32
    path = f"/services/{found[0]['id']}"
    bare = (await pd.call("GET", path))["service"]["integrations"][0]
    assert "integration_key" not in bare
    one = (await pd.call("GET", f"{path}/integrations/{bare['id']}"))["integration"]
    assert one["integration_key"] == integration_key("Checkout")


async def test_a_new_service_takes_events_at_a_new_integration(pd: World) -> None:
    policy = {"id": pd.pagerduty.policy("Search on call").id, "type": "escalation_policy_reference"}
    body = {"service": {"type": "service", "name": "Mail", "escalation_policy": policy}}
    created = await pd.response("POST", "/services", body)
    path = f"/services/{created.json()['service']['id']}/integrations"
    answered = await pd.response(
        "POST", path, {"integration": {"type": "events_api_v2_inbound_integration", "name": "m"}}
    )
    assert (created.status_code, answered.status_code) == (201, 201)
    key = answered.json()["integration"]["integration_key"]
    payload = {"summary": "Bounced", "source": "mx", "severity": "critical"}
    await pd.event(routing_key=key, event_action="trigger", payload=payload)
    assert [(each.service.name, each.title) for each in pd.pagerduty.incidents] == [("Mail", "Bounced")]
    await pd.pagerduty.settled()
    assert "service.created" in pd.bot.types


@pytest.mark.parametrize(
    ("odd", "complaint"),
    [
        ({"name": "checkout"}, "Name has already been taken"),
        ({"incident_urgency_rule": "severity_based"}, "Incident urgency rule"),
        ({"incident_urgency_rule": {"type": "constant", "urgency": "severe"}}, "Incident urgency rule"),
        ({"alert_creation": "alerts"}, "Alert creation"),
        ({"type": "service_reference"}, "Type"),
        ({"name": ""}, "Name cannot be empty"),
    ],
)
async def test_a_service_is_created_as_documented_or_not_at_all(pd: World, odd: dict[str, Any], complaint: str) -> None:
    policy = {"id": pd.pagerduty.policy("Search on call").id, "type": "escalation_policy_reference"}
    rule = {"type": "constant", "urgency": "severity_based"}
    body = {"type": "service", "name": "Mail", "escalation_policy": policy, "incident_urgency_rule": rule}
    refused = await pd.response("POST", "/services", {"service": {**body, **odd}})
    assert refused.status_code == 400
    assert complaint in str(refused.json())
    made = (await pd.response("POST", "/services", {"service": body})).json()["service"]
    assert (made["incident_urgency_rule"], made["alert_creation"]) == (rule, "create_alerts_and_incidents")


async def test_a_deleted_integrations_key_leads_nowhere(pd: World) -> None:
    service = pd.pagerduty.service("Payments")
    path = f"/services/{service.id}/integrations/{service.integrations[0].id}"
    assert (await pd.response("DELETE", path)).status_code == 204
    assert (await pd.response("GET", path)).status_code == 404
    payload = {"summary": "Lost", "source": "mx", "severity": "critical"}
    await pd.event(routing_key=integration_key("Payments"), event_action="trigger", payload=payload)
    assert pd.pagerduty.incidents == []


@pytest.mark.parametrize("resource", ["teams", "priorities", "escalation_policies", "abilities", "log_entries"])
async def test_every_list_answers_under_its_name(pd: World, resource: str) -> None:
    await pd.pagerduty.trigger("x")
    assert (await pd.call("GET", f"/{resource}"))[resource]


async def test_change_events_are_read_where_they_belong(pd: World) -> None:
    for service in ("Checkout", "Search"):
        await pd.pagerduty.log_change(f"Deployed {service}", service=service, version="42")
    incident = await pd.pagerduty.trigger("x", service="Search")
    everything = (await pd.call("GET", "/change_events"))["change_events"]
    assert {each["summary"] for each in everything} == {"Deployed Checkout", "Deployed Search"}
    own = (await pd.call("GET", f"/services/{pd.pagerduty.service('Search').id}/change_events"))["change_events"]
    assert [(each["summary"], each["custom_details"]) for each in own] == [("Deployed Search", {"version": "42"})]
    related = (await pd.call("GET", f"/incidents/{incident.id}/related_change_events"))["change_events"]
    assert related[0]["correlation_reason"] == {"reason": "most_recent"}
    assert (await pd.response("GET", "/change_events", since="2026-01-01T00:00:00+01:00")).status_code == 400
    assert (await pd.call("GET", "/change_events", until="2020-01-01T00:00:00Z"))["change_events"] == []
