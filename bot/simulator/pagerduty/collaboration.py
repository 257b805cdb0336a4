"""What people add to an incident without moving it: priority, notes, status updates, responders, tasks, roles."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.simulator.pagerduty import event_data as data
from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import EscalationPolicy, Priority, Service, User
from bot.simulator.pagerduty.ids import now
from bot.simulator.pagerduty.incident import Incident, Note, Origin, Responder, StatusUpdate, Task
from bot.simulator.pagerduty.lifecycle import log, unacknowledge
from bot.simulator.pagerduty.refusals import Refusal, not_acknowledged

LONGEST_SNOOZE = 604_800
"""Seconds: a week."""


def entitle(account: Account, incident: Incident, origin: Origin, title: str) -> None:
    """PagerDuty sends no webhook for it."""
    old, incident.title = incident.title, title
    log(incident, "field_value_change", origin, f"Title changed from {old!r}.", name="title", old_value=old)


def set_urgency(account: Account, incident: Incident, origin: Origin, urgency: str) -> None:
    """PagerDuty sends no webhook for it."""
    incident.urgency = urgency
    log(incident, "urgency_change", origin, f"Urgency changed to {urgency}.")


def set_priority(account: Account, incident: Incident, origin: Origin, priority: Priority | None) -> None:
    if incident.priority is priority:
        return
    incident.priority = priority
    name = priority.name if priority else "none"
    log(incident, "field_value_change", origin, f"Priority changed to {name}.", name="priority")
    _announce(account, "incident.priority_updated", origin, incident)


def set_type(account: Account, incident: Incident, origin: Origin, name: str) -> None:
    incident.incident_type = name
    log(incident, "field_value_change", origin, f"Incident type changed to {name}.", name="incident_type")
    _announce(account, "incident.incident_type.changed", origin, incident)


def set_service(account: Account, incident: Incident, origin: Origin, service: Service) -> None:
    incident.service, incident.teams = service, list(service.teams)
    log(incident, "field_value_change", origin, f"Service changed to {service.name}.", name="service")
    _announce(account, "incident.service_updated", origin, incident)


def set_bridge(account: Account, incident: Incident, origin: Origin, bridge: dict[str, str]) -> None:
    """`bridge` has conference_number, conference_url or both."""
    incident.conference_bridge = (incident.conference_bridge or {}) | bridge
    log(incident, "field_value_change", origin, "Conference bridge changed.", name="conference_bridge")
    told = data.bridge_data(account.links, incident)
    account.happened("incident.conference_bridge.updated", origin, told, incident)


def set_fields(account: Account, incident: Incident, origin: Origin, values: dict[str, Any]) -> None:
    old = {name: incident.custom_fields.get(name) for name in values}
    incident.custom_fields |= values
    log(incident, "custom_field_value_change", origin, f"Changed {', '.join(values)}.")
    told = data.field_values_data(account.links, incident, old)
    account.happened("incident.custom_field_values.updated", origin, told, incident)


def annotate(account: Account, incident: Incident, origin: Origin, content: str) -> Note:
    note = Note(origin.agent, content)
    incident.notes.append(note)
    log(incident, "annotate", origin, f"Note added by {_name(origin)}.", note=content)
    account.happened("incident.annotated", origin, data.note_data(account.links, incident, note), incident)
    return note


def publish_status_update(account: Account, incident: Incident, origin: Origin, update: StatusUpdate) -> None:
    incident.status_updates.append(update)
    log(incident, "status_update", origin, f"Status update by {_name(origin)}.", message=update.message)
    told = data.status_update_data(account.links, incident, update)
    account.happened("incident.status_update_published", origin, told, incident)


def request_responders(
    account: Account,
    incident: Incident,
    origin: Origin,
    users: list[User],
    message: str,
    policy: EscalationPolicy | None = None,
) -> list[Responder]:
    """Asks people, or everyone on call for the first level of a policy, to join."""
    asked = [Responder(user, origin.agent, message, policy) for user in users]
    for responder in asked:
        incident.responders.append(responder)
        log(incident, "responder_request", origin, f"{responder.user.name} was asked to join.")
        _announce_responder(account, "incident.responder.added", origin, incident, responder)
    return asked


def respond(account: Account, incident: Incident, user: User, state: str) -> None:
    """`state` is joined or declined; LookupError for someone who was not asked."""
    responder = next(each for each in reversed(incident.responders) if each.user is user)
    responder.state, responder.updated_at = state, now()
    origin = Origin(user, "website")
    log(incident, "responder_request_reply", origin, f"{user.name} {state}.")
    _announce_responder(account, "incident.responder.replied", origin, incident, responder)


def snooze(account: Account, incident: Incident, origin: Origin, duration: int) -> None:
    """Holds an acknowledged incident back for `duration` seconds, 1 to a week. No webhook."""
    if incident.status != "acknowledged":
        raise not_acknowledged()
    if not 1 <= duration <= LONGEST_SNOOZE:
        raise Refusal(400, 1013, "Invalid Snooze Duration", f"Duration must be between 1 and {LONGEST_SNOOZE}")
    until = incident.snoozed_until = now() + timedelta(seconds=duration)
    log(incident, "snooze", origin, f"Snoozed by {_name(origin)}.", duration=duration)
    account.later(duration, lambda: _wake(account, incident, until))


def _wake(account: Account, incident: Incident, until: datetime) -> None:
    if incident.snoozed_until == until:
        unacknowledge(account, incident, Origin(None, "timeout"))


def assign_role(account: Account, incident: Incident, origin: Origin, role: str, user: User | None) -> None:
    """None takes the role away."""
    old = incident.roles.pop(role, None)
    if user:
        incident.roles[role] = user
    told = data.role_data(account.links, incident, role, user, old, str(uuid4()))
    account.happened("incident.role.assigned", origin, told, incident)


def keep_task(account: Account, incident: Incident, origin: Origin, task: Task, what: str) -> None:
    """`what` is created, updated or completed."""
    if task not in incident.tasks:
        incident.tasks.append(task)
    if what == "completed":
        task.status = "completed"
    account.happened(f"incident.task.{what}", origin, data.task_data(account.links, incident, task), incident)


def run_workflow(account: Account, incident: Incident, origin: Origin, name: str, key: str, what: str) -> None:
    """`what` is started or completed; `key` names the run."""
    told = data.workflow_data(account.links, incident, name, key)
    account.happened(f"incident.workflow.{what}", origin, told, incident)


def invoke_action(account: Account, incident: Incident, origin: Origin, action: str, key: str, state: str) -> None:
    """`state` is created, running, or one that ends it."""
    what = {"created": "created", "running": "updated"}.get(state, "terminated")
    told = data.action_data(account.links, incident, action, state, key)
    account.happened(f"incident.action_invocation.{what}", origin, told, incident)


def _announce(account: Account, event_type: str, origin: Origin, incident: Incident) -> None:
    account.happened(event_type, origin, data.incident_data(account.links, incident), incident)


def _announce_responder(
    account: Account, event_type: str, origin: Origin, incident: Incident, responder: Responder
) -> None:
    account.happened(event_type, origin, data.responder_data(account.links, incident, responder), incident)


def _name(origin: Origin) -> str:
    return origin.agent.name if origin.agent else "PagerDuty"
