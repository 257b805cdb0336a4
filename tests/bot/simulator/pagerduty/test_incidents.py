"""REST's incidents: opening, moving, and who the log names."""

from typing import Any

import pytest

from bot.simulator.pagerduty.incident import Incident
from bot.simulator.pagerduty.refusals import Refusal
from tests.bot.simulator.pagerduty.world import ALICE, BOB, CAROL, World

pytestmark = pytest.mark.anyio


def reference(**members: Any) -> dict[str, Any]:
    return {"incident": {"type": "incident_reference", **members}}


def opening(pd: World, **members: Any) -> dict[str, Any]:
    service = {"id": pd.pagerduty.service("Payments").id, "type": "service_reference"}
    return {"incident": {"type": "incident", "title": "Cards refused", "service": service, **members}}


def kinds(incident: Incident) -> list[str]:
    return [entry.type.removesuffix("_log_entry") for entry in incident.log]


async def test_an_opened_incident_is_assigned_by_its_services_policy(pd: World) -> None:
    response = await pd.response("POST", "/incidents", opening(pd))
    incident = response.json()["incident"]
    assert response.status_code == 201
    assert (incident["status"], incident["urgency"], incident["assigned_via"]) == (
        "triggered",
        "high",
        "escalation_policy",
    )
    assert [each["assignee"]["summary"] for each in incident["assignments"]] == ["Bob Brown"]
    assert incident["id"].startswith("Q")
    assert len(incident["id"]) == 14
    assert incident["summary"] == f"[#{incident['incident_number']}] Cards refused"


async def test_numbers_increase(pd: World) -> None:
    first, second = [await pd.call("POST", "/incidents", opening(pd)) for _ in range(2)]
    assert second["incident"]["incident_number"] == first["incident"]["incident_number"] + 1


async def test_an_incident_key_opens_once_while_it_is_open(pd: World) -> None:
    body = opening(pd, incident_key="k1")
    opened = await pd.call("POST", "/incidents", body)
    again = await pd.response("POST", "/incidents", body)
    assert (again.status_code, again.json()["error"]["code"]) == (400, 2001)
    found = await pd.call("GET", "/incidents", incident_key="k1")
    assert [each["id"] for each in found["incidents"]] == [opened["incident"]["id"]]
    await pd.call("PUT", f"/incidents/{opened['incident']['id']}", reference(status="resolved"))
    assert (await pd.response("POST", "/incidents", body)).status_code == 201


async def test_assigning_a_new_incident_to_oneself_acknowledges_it(pd: World) -> None:
    alice = {"assignee": {"id": pd.pagerduty.user(ALICE).id, "type": "user_reference"}}
    incident = (await pd.call("POST", "/incidents", opening(pd, assignments=[alice])))["incident"]
    assert (incident["status"], incident["assigned_via"]) == ("acknowledged", "direct_assignment")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, 2001),
        ({"type": "event"}, 2001),
        ({"service": {"id": "PNOBODY"}}, 2001),
        ({"urgency": "medium"}, 2001),
        ({"priority": {"id": "PNOBODY"}}, 1020),
        ({"escalation_policy": {"id": "PNOBODY"}}, 1014),
    ],
)
async def test_what_is_wrong_opens_nothing(pd: World, change: dict[str, Any], code: int) -> None:
    response = await pd.response("POST", "/incidents", opening(pd, **change))
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert pd.pagerduty.incidents == []


@pytest.mark.parametrize(("by", "code"), [(None, 2016), ("nobody@example.com", 1008)])
async def test_a_write_names_someone_who_exists(pd: World, by: str | None, code: int) -> None:
    incident = await pd.pagerduty.trigger("x")
    response = await pd.response("PUT", f"/incidents/{incident.id}", reference(status="acknowledged"), by=by)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert incident.status == "triggered"


async def test_the_log_names_who_acknowledged(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    answered = await pd.call("PUT", f"/incidents/{incident.number}", reference(status="acknowledged"), by=CAROL)
    assert answered["incident"]["acknowledgements"][0]["acknowledger"]["summary"] == "Carol Chen"
    newest = (await pd.call("GET", f"/incidents/{incident.id}/log_entries"))["log_entries"][0]
    assert (newest["type"], newest["agent"]["summary"]) == ("acknowledge_log_entry", "Carol Chen")
    assert newest["agent"]["type"] == "user_reference"
    assert (incident.log[-1].agent_email, incident.log[-1].channel) == (CAROL, "api")


async def test_a_second_acknowledgement_adds_a_person(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    for who in (ALICE, BOB, BOB):
        await pd.call("PUT", f"/incidents/{incident.id}", reference(status="acknowledged"), by=who)
    assert [agent.name for _, agent in incident.acknowledgements] == ["Alice Andersen", "Bob Brown"]


async def test_acknowledging_a_resolved_incident_reopens_it_for_whoever_did(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    await pd.pagerduty.resolve(incident)
    answered = await pd.call("PUT", f"/incidents/{incident.id}", reference(status="acknowledged"), by=BOB)
    assert answered["incident"]["status"] == "acknowledged"
    assert [user.name for user in incident.assignees] == ["Bob Brown"]
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "resolved", "reopened", "acknowledged"]


async def test_reopening_takes_the_people_named_or_the_policys(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    carol = {"assignee": {"id": pd.pagerduty.user(CAROL).id, "type": "user_reference"}}
    seen = []
    for people in ({}, {"assignments": [carol]}):
        await pd.pagerduty.resolve(incident)
        await pd.call("PUT", f"/incidents/{incident.id}", reference(status="triggered", **people))
        seen.append([user.name for user in incident.assignees])
    assert seen == [["Alice Andersen"], ["Carol Chen"]]
    with pytest.raises(Refusal):
        await pd.pagerduty.reopen(incident)


async def test_resolving_twice_is_refused(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    first = await pd.call("PUT", f"/incidents/{incident.id}", reference(status="resolved"))
    assert first["incident"]["assignments"] == []
    assert first["incident"]["resolved_at"]
    second = await pd.response("PUT", f"/incidents/{incident.id}", reference(status="resolved"))
    assert (second.status_code, second.json()["error"]["code"]) == (400, 1001)


async def test_a_put_changes_everything_it_names(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    bridge = {"conference_url": "https://meet.example.com/1"}
    body = reference(title="y", urgency="low", priority="P2", conference_bridge=bridge)
    shown = (await pd.call("PUT", f"/incidents/{incident.id}", body))["incident"]
    assert (shown["title"], shown["urgency"], shown["priority"]["summary"]) == ("y", "low", "P2")
    assert shown["conference_bridge"] == bridge
    assert kinds(incident)[-4:] == ["field_value_change", "urgency_change", "field_value_change", "field_value_change"]


async def test_nothing_changes_when_one_member_is_wrong(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    response = await pd.response("PUT", f"/incidents/{incident.id}", reference(title="y", priority="P9"))
    assert (response.status_code, response.json()["error"]["code"]) == (400, 1020)
    assert incident.title == "x"


async def test_people_change_by_level_policy_or_name(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    path, seen = f"/incidents/{incident.id}", []
    search = {"id": pd.pagerduty.policy("Search on call").id, "type": "escalation_policy_reference"}
    alice = {"assignee": {"id": pd.pagerduty.user(ALICE).id, "type": "user_reference"}}
    for change in ({"escalation_level": 2}, {"escalation_policy": search}, {"assignments": [alice]}):
        await pd.call("PUT", path, reference(**change))
        seen.append(incident.assignees[0].name)
    assert seen == ["Bob Brown", "Carol Chen", "Alice Andersen"]
    too_high = await pd.response("PUT", path, reference(escalation_level=3))
    assert too_high.json()["error"]["code"] == 1006
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "escalated", "delegated", "reassigned"]


async def test_many_change_at_once_but_not_more_than_250(pd: World) -> None:
    incidents = [await pd.pagerduty.trigger(title) for title in "ab"]
    bodies = [{"id": each.id, "type": "incident_reference", "status": "acknowledged"} for each in incidents]
    answered = await pd.call("PUT", "/incidents", {"incidents": bodies})
    assert [each["status"] for each in answered["incidents"]] == ["acknowledged"] * 2
    assert (await pd.response("PUT", "/incidents", {"incidents": bodies * 126})).status_code == 413


async def test_merging_resolves_the_source_and_says_why(pd: World) -> None:
    source, target = [await pd.pagerduty.trigger(title) for title in "ab"]
    body = {"source_incidents": [{"id": source.id, "type": "incident_reference"}]}
    answered = await pd.call("PUT", f"/incidents/{target.id}/merge", body)
    assert answered["incident"]["id"] == target.id
    await pd.pagerduty.settled()
    told = pd.bot.received[-1].event
    assert (told["event_type"], told["data"]["id"]) == ("incident.resolved", source.id)
    assert told["data"]["resolve_reason"]["type"] == "merge_resolve_reason"
    assert told["data"]["resolve_reason"]["incident"]["id"] == target.id


async def test_only_the_acknowledged_can_be_snoozed(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    path = f"/incidents/{incident.id}/snooze"
    assert (await pd.call("POST", path, {"duration": 60}))["error"]["code"] == 1012
    await pd.pagerduty.acknowledge(incident)
    assert (await pd.call("POST", path, {"duration": 604_801}))["error"]["code"] == 1013
    snoozed = await pd.response("POST", path, {"duration": 1})
    assert (snoozed.status_code, snoozed.json()["incident"]["pending_actions"][0]["type"]) == (201, "unacknowledge")
    await pd.pagerduty.settled()
    assert incident.status == "triggered"
    assert pd.bot.types[-1] == "unacknowledged"


async def test_lists_are_filtered_sorted_and_paged(pd: World) -> None:
    for title in "abc":
        await pd.pagerduty.trigger(title, service="Search")
    await pd.pagerduty.resolve(pd.pagerduty.incidents[0])
    search = pd.pagerduty.service("Search").id
    query: dict[str, Any] = {"statuses[]": ["triggered"], "service_ids[]": search, "sort_by": "incident_number:desc"}
    found = await pd.call("GET", "/incidents", **query, limit=1, total="true")
    assert [each["title"] for each in found["incidents"]] == ["c"]
    assert (found["limit"], found["offset"], found["more"], found["total"]) == (1, 0, True, 2)
    assert (await pd.response("GET", "/incidents", limit=101)).status_code == 400
    assert (await pd.response("GET", "/incidents", limit=100, offset=9_901)).status_code == 400


async def test_nobody_knows_an_unknown_incident(pd: World) -> None:
    response = await pd.response("GET", "/incidents/QNOTHERE")
    assert (response.status_code, response.json()["error"]["code"]) == (404, 2100)
