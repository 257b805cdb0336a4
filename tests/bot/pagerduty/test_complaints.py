"""What is said of a webhook that cannot be understood: the name of what is missing."""

from typing import Any

import pytest

from bot.pagerduty.meaning import NotUnderstood, understood
from tests.bot.pagerduty.payloads import meant


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", "the body is missing or not an object"),
        (b"{}", "event is missing or not an object"),
        (b'{"event":{"event_type":null}}', "event.event_type is missing or not text"),
        (b'{"event":{"event_type":"incident.sunk"}}', "event.event_type is 'incident.sunk'"),
        (b'{"event":{"event_type":"incident.triggered"}}', "event.occurred_at is missing or not text"),
    ],
)
def test_what_cannot_be_understood_is_named(body: bytes, complaint: str) -> None:
    with pytest.raises(NotUnderstood, match="^" + complaint.replace("[", r"\[")):
        understood(body)


@pytest.mark.parametrize(
    ("name", "changed", "complaint"),
    [
        ("incident.triggered", {"id": None}, "event.data.id is missing or not text"),
        ("incident.triggered", {"status": "sunk"}, "event.data.status is 'sunk', not one of triggered"),
        ("incident.annotated", {"incident": {"summary": "?"}}, "event.data.incident.id is missing"),
        ("incident.annotated", {"content": 7}, "event.data.content is missing or not text"),
        ("incident.responder.added", {"user": None}, "event.data.user and event.data.escalation_policy are missing"),
        ("incident.responder.replied", {"state": None}, "event.data.state is missing"),
        ("incident.role.assigned", {"incident_role_assignments": []}, "event.data.incident_role_assignments is"),
        (
            "incident.role.assigned",
            {"incident_role_assignments": [{"incident": {"id": "Q0"}}]},
            r"event.data.incident_role_assignments\[0\].role is missing",
        ),
        ("incident.task.created", {"name": None, "summary": None}, "event.data.name is missing"),
        ("incident.action_invocation.created", {"action": "?"}, "event.data.action is missing or not an object"),
        (
            "service.custom_field_values.updated",
            {"custom_fields": 1, "changed_custom_fields": None},
            "event.data.custom_fields is missing or names no field",
        ),
    ],
)
def test_the_missing_member_is_named(name: str, changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(NotUnderstood, match="^" + complaint):
        meant(name, **changed)
