"""What PagerDuty says of an incident under the names that Relay's workflows know it by. Pure.

The names are those of Relay's triggers incident-triggered and incident-event-received, of every kind of event and of
both forms: v2, https://developer.pagerduty.com/docs/v2-webhook-overview, and v3.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sources.reading import Json, inner, objects, text

V3_NAMES: Mapping[str, str] = {
    "incident.trigger": "incident.triggered", "incident.acknowledge": "incident.acknowledged",
    "incident.unacknowledge": "incident.unacknowledged", "incident.resolve": "incident.resolved",
    "incident.assign": "incident.reassigned", "incident.escalate": "incident.escalated",
    "incident.delegate": "incident.delegated", "incident.annotate": "incident.annotated",
}  # fmt: skip
"""v2's names of kinds, as v3 has them."""


def relay_event(told: Mapping[str, Any]) -> list[Json]:
    """Of a v2 body one for each of its messages, of a v3 body one; of anything else none.

    What PagerDuty did not say is not there, `assignments` and `dedupKeys` apart, which may be empty.
    `serviceDescription` comes with v2 alone; for v3 it is to be asked of REST.
    """
    if "messages" in told:
        return [_of_v2(message) for message in objects(told, "messages")]
    event = inner(told, "event")
    return [_of_v3(event)] if event else []


def _of_v2(message: Json) -> Json:
    incident, kind = inner(message, "incident"), text(message, "event")
    own = {"key": message.get("id"), "eventType": V3_NAMES.get(kind or "", kind), "relayEventType": kind}
    keys = [key for alert in objects(incident, "alerts") if (key := text(alert, "alert_key"))]
    told = [(each.get("at"), inner(each, "assignee")) for each in objects(incident, "assignments")]
    return _present({**own, **_described(incident, "incident_number"), **_lists(told, keys or _key(incident))})


def _of_v3(event: Json) -> Json:
    """Some kinds describe the incident, others name it and describe a note, a responder, a task."""
    data = inner(event, "data")
    about = next((found for found in _named_in(data) if found), data)
    own = {"key": event.get("id"), "eventType": event.get("event_type")}
    told = [(None, each) for each in objects(about, "assignees")]
    return _present({**own, **_described(about, "number"), **_lists(told, _key(about))})


def _named_in(data: Json) -> Sequence[Json]:
    roles = objects(data, "incident_role_assignments")
    return [inner(data, "incident"), *(inner(role, "incident") for role in roles)]


def _described(incident: Json, number: str) -> Json:
    service = inner(incident, "service")
    return {
        "id": incident.get("id"), "incidentNumber": incident.get(number),
        "title": text(incident, "title", "summary"), "urgency": incident.get("urgency"),
        "triggeredAt": incident.get("created_at"), "apiURL": incident.get("self"), "appURL": incident.get("html_url"),
        "service": service.get("id"), "serviceName": text(service, "name", "summary"),
        "serviceDescription": service.get("description"), "serviceAPIURL": service.get("self"),
        "serviceAppURL": service.get("html_url"), "status": incident.get("status"),
    }  # fmt: skip


def _lists(assigned: Sequence[tuple[Any, Json]], keys: Sequence[str]) -> Json:
    return {"assignments": [_present(_assignment(at, who)) for at, who in assigned], "dedupKeys": list(keys)}


def _assignment(at: Any, who: Json) -> Json:
    return {
        "assignedAt": at, "assigneeID": who.get("id"), "assigneeName": text(who, "summary", "name"),
        "assigneeAPIURL": who.get("self"), "assigneeAppURL": who.get("html_url"),
    }  # fmt: skip


def _key(incident: Json) -> list[str]:
    found = text(incident, "incident_key")
    return [found] if found else []


def _present(told: Json) -> Json:
    return {name: value for name, value in told.items() if value is not None}
