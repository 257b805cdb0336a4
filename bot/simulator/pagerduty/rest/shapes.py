"""How REST writes an incident and what hangs on it: https://developer.pagerduty.com/api-reference, getIncident."""

from datetime import timedelta
from typing import Any

from bot.simulator.pagerduty.account import ChangeEvent
from bot.simulator.pagerduty.directory import Named
from bot.simulator.pagerduty.event_data import resolve_reason
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.incident import Alert, Incident, LogEntry, Note, Responder
from bot.simulator.pagerduty.links import Links
from bot.simulator.pagerduty.rest.call import Json

ACKNOWLEDGED_FOR = timedelta(seconds=1800)


def incident_json(links: Links, incident: Incident, include: list[str]) -> Json:
    """`include` are the values of `include[]`; the conference bridge comes only when asked for."""
    shape = links.incident(incident) | {"type": "incident"} | _facts(incident) | _references(links, incident)
    if "conference_bridge" in include:
        shape["conference_bridge"] = incident.conference_bridge
    if "first_trigger_log_entries" in include:
        shape["first_trigger_log_entry"] = log_entry_json(links, incident, incident.log[0])
    if "custom_fields" in include:
        shape["custom_fields"] = [{"name": name, "value": value} for name, value in incident.custom_fields.items()]
    return shape | {"body": {"type": "incident_body", "details": incident.body}} if "body" in include else shape


def _facts(incident: Incident) -> Json:
    open_alerts = sum(alert.status == "triggered" for alert in incident.alerts)
    total = len(incident.alerts)
    return {
        "incident_number": incident.number,
        "title": incident.title,
        "description": incident.title,
        "created_at": seconds(incident.created_at),
        "updated_at": seconds(incident.updated_at),
        "status": incident.status,
        "incident_key": incident.incident_key,
        "urgency": incident.urgency,
        "assigned_via": incident.assigned_via,
        "incident_type": {"name": incident.incident_type},
        "last_status_change_at": seconds(incident.last_status_change_at),
        "resolved_at": seconds(incident.resolved_at) if incident.resolved_at else None,
        "alert_counts": {"all": total, "triggered": open_alerts, "resolved": total - open_alerts},
        "is_mergeable": True,
        "pending_actions": _pending(incident),
    }


def _references(links: Links, incident: Incident) -> Json:
    acknowledgements = [(at, "acknowledger", who) for at, who in incident.acknowledgements]
    assignments = [(at, "assignee", who) for at, who in incident.assignments]
    return {
        "service": links.reference(incident.service),
        "assignments": [_dated(links, *each) for each in assignments],
        "acknowledgements": [_dated(links, *each) for each in acknowledgements],
        "escalation_policy": links.reference(incident.escalation_policy),
        "teams": [links.reference(team) for team in incident.teams],
        "priority": links.head(incident.priority) | {"name": incident.priority.name} if incident.priority else None,
        "last_status_change_by": links.agent(incident.last_status_change_by),
        "first_trigger_log_entry": links.log_entry(incident, incident.log[0]),
        "resolve_reason": resolve_reason(links, incident),
        "incidents_responders": [responder_json(links, incident, each) for each in incident.responders],
    }


def _dated(links: Links, at: Any, role: str, who: Named) -> Json:
    return {"at": seconds(at), role: links.reference(who)}


def _pending(incident: Incident) -> list[Json]:
    if incident.status != "acknowledged":
        return []
    until = incident.snoozed_until or incident.acknowledgements[-1][0] + ACKNOWLEDGED_FOR
    return [{"type": "unacknowledge", "at": seconds(until)}]


def log_entry_json(links: Links, incident: Incident, entry: LogEntry) -> Json:
    """Whatever the entry's details refer to becomes references."""
    details = {
        name: [links.reference(each) for each in value] if isinstance(value, list) else value
        for name, value in entry.details.items()
    }
    annotated = entry.type == "annotate_log_entry"
    channel = {"type": "note", "summary": entry.details["note"]} if annotated else {"type": entry.channel}
    return {
        **links.log_entry(incident, entry),
        "type": entry.type,
        "created_at": seconds(entry.at),
        "agent": links.agent(entry.agent),
        "channel": channel,
        "service": links.reference(incident.service),
        "incident": links.incident(incident),
        "teams": [links.reference(team) for team in incident.teams],
        "contexts": [],
        **details,
    }


def note_json(links: Links, note: Note) -> Json:
    return {
        "id": note.id,
        "user": links.agent(note.user),
        "channel": {"summary": "The PagerDuty website or APIs"},
        "content": note.content,
        "created_at": seconds(note.created_at),
        "updated_at": seconds(note.created_at),
    }


def responder_json(links: Links, incident: Incident, responder: Responder) -> Json:
    return {
        "state": responder.state,
        "user": links.reference(responder.user),
        "incident": links.incident(incident),
        "updated_at": seconds(responder.updated_at),
        "message": responder.message,
        "requester": links.agent(responder.requester),
        "requested_at": seconds(responder.requested_at),
    }


def alert_json(links: Links, incident: Incident, alert: Alert) -> Json:
    return {
        "id": alert.id,
        "type": "alert",
        "summary": alert.summary,
        "self": links.api(f"incidents/{incident.id}/alerts/{alert.id}"),
        "html_url": links.site(f"alerts/{alert.id}"),
        "created_at": seconds(alert.created_at),
        "status": alert.status,
        "alert_key": alert.key,
        "service": links.reference(incident.service),
        "body": {"type": "alert_body", "contexts": [], "details": alert.details.get("custom_details", {})},
        "incident": {"id": incident.id, "type": "incident_reference"},
        "suppressed": False,
        "severity": alert.severity,
        "integration": links.reference(alert.integration),
        "first_trigger_log_entry": links.log_entry(incident, incident.log[0]),
    }


def change_event_json(links: Links, change: ChangeEvent) -> Json:
    return {
        "id": change.id,
        "type": "change_event",
        "summary": change.summary,
        "timestamp": seconds(change.at),
        "source": change.source,
        "integration": {"id": change.integration.id, "type": "inbound_integration_reference"},
        "services": [links.reference(change.service)],
        "custom_details": change.custom_details,
        "links": change.links,
        "images": change.images,
    }
