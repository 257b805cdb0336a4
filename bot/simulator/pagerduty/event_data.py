"""The `data` of a v3 webhook, by kind.

https://developer.pagerduty.com/docs/webhooks-overview#event-data-types
"""

from typing import Any

from bot.simulator.pagerduty.directory import Service, User
from bot.simulator.pagerduty.ids import seconds
from bot.simulator.pagerduty.incident import Incident, Note, Responder, StatusUpdate, Task
from bot.simulator.pagerduty.links import Links

Data = dict[str, Any]


def incident_data(links: Links, incident: Incident) -> Data:
    """The whole incident; `reopened_at` is there only once it was reopened."""
    reopened = {"reopened_at": seconds(incident.reopened_at)} if incident.reopened_at else {}
    return {
        "id": incident.id,
        "type": "incident",
        "self": links.api(f"incidents/{incident.id}"),
        "html_url": links.site(f"incidents/{incident.id}"),
        "number": incident.number,
        "status": incident.status,
        "incident_key": incident.incident_key,
        "created_at": seconds(incident.created_at),
        **reopened,
        "title": incident.title,
        "service": links.reference(incident.service),
        "assignees": [links.reference(user) for user in incident.assignees],
        "escalation_policy": links.reference(incident.escalation_policy),
        "teams": [links.reference(team) for team in incident.teams],
        "priority": links.reference(incident.priority) if incident.priority else None,
        "urgency": incident.urgency,
        "conference_bridge": incident.conference_bridge,
        "resolve_reason": resolve_reason(links, incident),
        "incident_type": {"name": incident.incident_type},
    }


def resolve_reason(links: Links, incident: Incident) -> Data | None:
    """Only a merge gives one."""
    target = incident.merged_into
    if target is None:
        return None
    return {"type": "merge_resolve_reason", "incident": links.incident(target, target.title)}


def note_data(links: Links, incident: Incident, note: Note) -> Data:
    return _about(links, incident, "incident_note", id=note.id, content=note.content, trimmed=False)


def status_update_data(links: Links, incident: Incident, update: StatusUpdate) -> Data:
    return _about(links, incident, "incident_status_update", id=update.id, message=update.message, trimmed=False)


def responder_data(links: Links, incident: Incident, responder: Responder) -> Data:
    policy = responder.escalation_policy
    return _about(
        links,
        incident,
        "incident_responder",
        user=links.reference(responder.user),
        escalation_policy=links.reference(policy) if policy else None,
        message=responder.message,
        state=responder.state,
    )


def bridge_data(links: Links, incident: Incident) -> Data:
    bridge = incident.conference_bridge or {}
    number = bridge.get("conference_number")
    return _about(
        links,
        incident,
        "incident_conference_bridge",
        conference_numbers=[{"label": "", "number": number}] if number else [],
        conference_url=bridge.get("conference_url"),
    )


def field_values_data(links: Links, incident: Incident, old: Data) -> Data:
    """`custom_fields` are the new values, `changed_custom_fields` the old ones of those that changed."""
    return _about(
        links,
        incident,
        "incident_field_values",
        custom_fields=_fields(incident.custom_fields, {"namespace": "incidents"}),
        changed_custom_fields=_fields(old, {"namespace": "incidents"}),
    )


def service_field_values_data(links: Links, service: Service, old: Data) -> Data:
    return {
        "service": links.reference(service),
        "custom_fields": _fields(service.custom_fields, {}),
        "changed_custom_fields": _fields(old, {}),
        "type": "service_field_values",
    }


def role_data(links: Links, incident: Incident, role: str, new: User | None, old: User | None, key: str) -> Data:
    assignment = {
        "assignee": links.agent(new),
        "id": key,
        "incident": links.incident(incident, incident.title),
        "old_assignee": links.agent(old),
        "role": {"id": "PROLE" + role[:2].upper(), "summary": role, "type": "role_reference"},
        "status": "active",
        "type": "role_assignment_reference",
    }
    return {"type": "incident_role_assignment", "incident_role_assignments": [assignment]}


def task_data(links: Links, incident: Incident, task: Task) -> Data:
    return _about(
        links,
        incident,
        "incident_task",
        name=task.name,
        description=task.description,
        id=task.id,
        summary=task.name,
        status=task.status,
        assignees=[links.reference(user) for user in task.assignees],
    )


def workflow_data(links: Links, incident: Incident, name: str, key: str) -> Data:
    path = f"incident_workflows/{key}"
    return _about(
        links,
        incident,
        "incident_workflow_instance",
        id=key,
        summary=name,
        incident_workflow=_link(links, "incident_workflow_reference", key, name, path),
        workflow_trigger=_link(links, "workflow_trigger_reference", key, "Started by hand", path + "/triggers"),
        service=links.reference(incident.service),
    )


def action_data(links: Links, incident: Incident, action: str, state: str, key: str) -> Data:
    path = f"automation/invocations/{key}"
    return _about(
        links,
        incident,
        "incident_action_invocation",
        id=key,
        self=links.api(path),
        html_url=links.site(path),
        action=_link(links, "action_reference", key, action, f"automation/actions/{key}"),
        state=state,
    )


def service_data(links: Links, service: Service) -> Data:
    teams = [links.reference(team) for team in service.teams]
    return links.head(service) | {"alert_creation": "create_alerts_and_incidents", "teams": teams}


def ping_data() -> Data:
    return {"message": "Hello from your friend Pagey!", "type": "ping"}


def _about(links: Links, incident: Incident, kind: str, **members: Any) -> Data:
    return {"incident": links.incident(incident, incident.title), **members, "type": kind}


def _link(links: Links, kind: str, key: str, summary: str, path: str) -> Data:
    return {"html_url": links.site(path), "id": key, "self": links.api(path), "summary": summary, "type": kind}


def _fields(values: Data, more: Data) -> list[Data]:
    return [
        {
            "data_type": "string",
            "field_type": "multi_value" if isinstance(value, list) else "single_value",
            "id": f"PF{number:05d}",
            "name": name,
            **more,
            "type": "field_value",
            "value": value,
        }
        for number, (name, value) in enumerate(sorted(values.items()), 1)
    ]
