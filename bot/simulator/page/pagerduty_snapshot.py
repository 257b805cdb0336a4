"""What the pretended PagerDuty looks like to those who work with it, as JSON."""

from datetime import datetime

from bot.simulator.page.world import Json
from bot.simulator.pagerduty import PagerDuty
from bot.simulator.pagerduty.account import ChangeEvent
from bot.simulator.pagerduty.delivery import Delivery
from bot.simulator.pagerduty.directory import EscalationPolicy, Service
from bot.simulator.pagerduty.incident import Agent, Incident, LogEntry

INCIDENTS_SHOWN = 60
CHANGES_SHOWN = 40
DELIVERIES_SHOWN = 60


def pagerduty_snapshot(account: PagerDuty, opened_id: str) -> Json:
    """The newest of everything, newest first, and all that happened to the incident `opened_id`."""
    incidents = list(account.incidents)[-INCIDENTS_SHOWN:][::-1]
    opened = next((each for each in account.incidents if each.id == opened_id), None)
    return {
        "users": [{"name": user.name, "email": user.email} for user in account.users],
        "services": [_service(service) for service in account.services],
        "priorities": [priority.name for priority in account.priorities],
        "incidents": [_listed(incident) for incident in incidents],
        "total": len(account.incidents),
        "opened": _opened(opened) if opened else None,
        "changes": [_change(change) for change in list(account.change_events)[-CHANGES_SHOWN:][::-1]],
        "deliveries": [_delivery(account, each) for each in list(account.deliveries)[-DELIVERIES_SHOWN:][::-1]],
        "switched_off": any(each.temporarily_disabled for each in account.subscriptions),
    }


def _service(service: Service) -> Json:
    on_call = [user.name for user in service.escalation_policy.levels[0]]
    return {"name": service.name, "on_call": on_call, "urgency": service.urgency_rule}


def _listed(incident: Incident) -> Json:
    return {
        "id": incident.id,
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "urgency": incident.urgency,
        "priority": incident.priority.name if incident.priority else None,
        "service": incident.service.name,
        "assignees": [user.name for user in incident.assignees],
        "acknowledged_by": [agent.name for _, agent in incident.acknowledgements],
        "created_at": _iso(incident.created_at),
        "resolved_at": _iso(incident.resolved_at) if incident.resolved_at else None,
        "merged_into": incident.merged_into.number if incident.merged_into else None,
    }


def _opened(incident: Incident) -> Json:
    return _listed(incident) | {
        "policy": incident.escalation_policy.name,
        "levels": _levels(incident.escalation_policy),
        "level": incident.level,
        "bridge": incident.conference_bridge,
        "log": [_log_entry(entry) for entry in incident.log],
        "notes": [_said(note.user, note.content, note.created_at) for note in incident.notes],
        "updates": [_said(each.sender, each.message, each.created_at) for each in incident.status_updates],
        "responders": [{"name": each.user.name, "state": each.state} for each in incident.responders],
    }


def _levels(policy: EscalationPolicy) -> list[str]:
    return [", ".join(user.name for user in level) for level in policy.levels]


def _log_entry(entry: LogEntry) -> Json:
    kind = entry.type.removesuffix("_log_entry")
    return {"id": entry.id, "kind": kind, "at": _iso(entry.at), "text": entry.summary, "by": entry.agent_name}


def _said(agent: Agent, text: str, at: datetime) -> Json:
    return {"by": agent.name if agent else "PagerDuty", "text": text, "at": _iso(at)}


def _change(change: ChangeEvent) -> Json:
    return {
        "id": change.id,
        "at": _iso(change.at),
        "summary": change.summary,
        "service": change.service.name,
        "source": change.source,
        "links": change.links,
        "details": change.custom_details,
    }


def _delivery(account: PagerDuty, delivery: Delivery) -> Json:
    about = next((each.number for each in account.incidents if each.id == delivery.resource), None)
    last = delivery.attempts[-1] if delivery.attempts else None
    return {
        "id": delivery.webhook_id,
        "event": delivery.event_type,
        "number": about,
        "outcome": delivery.outcome,
        "status": delivery.status,
        "tries": len(delivery.attempts),
        "ms": round(last.seconds * 1000) if last else None,
        "answer": last.answer if last else "",
    }


def _iso(at: datetime) -> str:
    return at.isoformat()
