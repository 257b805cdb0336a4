"""What hangs on an incident."""

import pytest

from tests.bot.simulator.pagerduty.world import ALICE, BOB, World

pytestmark = pytest.mark.anyio


async def test_notes_are_kept_under_the_writers_name(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    path = f"/incidents/{incident.id}/notes"
    written = await pd.response("POST", path, {"note": {"content": "Restarted <db>"}}, by=BOB)
    assert (written.status_code, written.json()["note"]["user"]["summary"]) == (200, "Bob Brown")
    assert [note["content"] for note in (await pd.call("GET", path))["notes"]] == ["Restarted <db>"]
    entry = (await pd.call("GET", f"/incidents/{incident.id}/log_entries"))["log_entries"][0]
    assert (entry["type"], entry["agent"]["summary"]) == ("annotate_log_entry", "Bob Brown")
    assert (entry["channel"]["type"], entry["note"]) == ("note", "Restarted <db>")


@pytest.mark.parametrize("body", [{}, {"note": {}}, {"note": {"content": ""}}, {"note": "text"}])
async def test_an_empty_note_is_refused(pd: World, body: dict[str, object]) -> None:
    incident = await pd.pagerduty.trigger("x")
    response = await pd.response("POST", f"/incidents/{incident.id}/notes", body)
    assert (response.status_code, response.json()["error"]["message"]) == (400, "Invalid Input Provided")
    assert incident.notes == []


async def test_a_status_update_is_published(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    answered = await pd.call("POST", f"/incidents/{incident.id}/status_updates", {"message": "Fixing"})
    assert answered["status_update"]["sender"]["summary"] == "Alice Andersen"
    await pd.pagerduty.settled()
    assert pd.bot.received[-1].event["data"]["message"] == "Fixing"
    half = await pd.response("POST", f"/incidents/{incident.id}/status_updates", {"message": "x", "subject": "y"})
    assert half.status_code == 400


async def test_responders_are_asked_by_name_or_by_policy(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    policy = pd.pagerduty.policy("Search on call")
    targets = [(pd.pagerduty.user(BOB).id, "user_reference"), (policy.id, "escalation_policy_reference")]
    body = {
        "requester_id": pd.pagerduty.user(ALICE).id,
        "message": "Please help",
        "responder_request_targets": [{"responder_request_target": {"id": k, "type": t}} for k, t in targets],
    }
    answered = await pd.call("POST", f"/incidents/{incident.id}/responder_requests", body, by=None)
    asked = answered["responder_request"]["responder_request_targets"]
    assert asked[0]["responder_request_target"]["incidents_responders"][0]["state"] == "pending"
    assert [each.user.name for each in incident.responders] == ["Bob Brown", "Carol Chen"]
    await pd.pagerduty.respond(incident, "Bob", "declined")
    await pd.pagerduty.settled()
    assert pd.bot.types == ["triggered", "responder.added", "responder.added", "responder.replied"]
    assert pd.bot.received[-1].event["data"]["state"] == "declined"


async def test_custom_fields_tell_the_old_value(pd: World) -> None:
    incident = await pd.pagerduty.trigger("x")
    path = f"/incidents/{incident.id}/custom_fields/values"
    for value in ("staging", "production"):
        await pd.call("PUT", path, {"custom_fields": [{"name": "environment", "value": value}]})
    assert (await pd.call("GET", path))["custom_fields"] == [{"name": "environment", "value": "production"}]
    await pd.pagerduty.settled()
    data = pd.bot.received[-1].event["data"]
    assert data["custom_fields"][0]["value"] == "production"
    assert data["changed_custom_fields"][0]["value"] == "staging"
