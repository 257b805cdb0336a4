"""The kinds that name their incident and describe one part of it."""

from collections.abc import Callable
from dataclasses import replace

from bot.domain.events import reports
from bot.domain.events.reports import Report
from bot.domain.incident import Bridge, Reference
from bot.pagerduty.readers.envelope import Envelope
from bot.pagerduty.readers.values import new_values
from bot.pagerduty.reading import Members, NotUnderstood


def annotated(envelope: Envelope) -> Report:
    data, incident = envelope.data, envelope.incident
    note_id, content = data.needed_name("id"), data.needed_text("content")
    heard = envelope.heard_of(incident, note_id)
    return reports.Annotated(
        **heard, incident=incident, note_id=note_id, content=content, trimmed=data.flag("trimmed")
    )  # fmt: skip


def status_update(envelope: Envelope) -> Report:
    data, incident = envelope.data, envelope.incident
    return reports.StatusUpdatePublished(
        **envelope.heard_of(incident, data.name("id")),
        incident=incident, message=data.needed_text("message"), trimmed=data.flag("trimmed"),
    )  # fmt: skip


def responder_added(envelope: Envelope) -> Report:
    incident, responder = envelope.incident, _responder(envelope.data)
    return reports.ResponderAdded(
        **envelope.heard_of(incident, responder.id),
        incident=incident, responder=responder, message=envelope.data.text("message") or "",
    )  # fmt: skip


def responder_replied(envelope: Envelope) -> Report:
    incident, responder = envelope.incident, _responder(envelope.data)
    return reports.ResponderReplied(
        **envelope.heard_of(incident, responder.id),
        incident=incident, responder=responder, state=envelope.data.needed_text("state"),
    )  # fmt: skip


def bridge(envelope: Envelope) -> Report:
    """Numbers are told apart by "or": a comma inside one is a pause while dialling."""
    data, incident = envelope.data, envelope.incident
    numbers = [number for each in data.objects("conference_numbers") if (number := each.digits("number"))]
    told = Bridge(" or ".join(numbers) or None, data.text("conference_url"))
    return reports.BridgeUpdated(
        **envelope.heard_of(incident), incident=incident, bridge=told if told != Bridge() else None
    )  # fmt: skip


def fields(envelope: Envelope) -> Report:
    incident = envelope.incident
    return reports.FieldsUpdated(**envelope.heard_of(incident), incident=incident, values=new_values(envelope.data))


def role(envelope: Envelope) -> Report:
    """One event is one assignment: of several, the one that says who has the role now."""
    assignments = list(envelope.data.objects("incident_role_assignments"))
    if not assignments:
        raise NotUnderstood(f"{envelope.data.where('incident_role_assignments')} is missing or empty")
    told = next((each for each in assignments if each.object("assignee")), assignments[0])
    incident = told.needed_object("incident").needed_reference()
    assignee = told.reference("assignee")
    return reports.RoleAssigned(
        **envelope.heard_of(incident, told.name("id")), incident=incident,
        role=_named(told.needed_object("role").needed_reference()).summary,
        assignee=_named(assignee) if assignee else None,
    )  # fmt: skip


def task(kind: type[reports.TaskReport]) -> Callable[[Envelope], Report]:
    def read(envelope: Envelope) -> Report:
        data, incident = envelope.data, envelope.incident
        name = data.text("name") or data.text("summary") or data.needed_text("name")
        task_id, status = data.needed_name("id"), data.text("status") or "no status"
        heard = envelope.heard_of(incident, task_id)
        return kind(**heard, incident=incident, task_id=task_id, task=name, status=status)

    return read


def workflow(kind: type[reports.WorkflowStarted | reports.WorkflowCompleted]) -> Callable[[Envelope], Report]:
    def read(envelope: Envelope) -> Report:
        data, incident = envelope.data, envelope.incident
        told = data.reference("incident_workflow")
        name = _named(told).summary if told else data.text("summary") or data.needed_text("incident_workflow")
        return kind(**envelope.heard_of(incident, data.name("id")), incident=incident, workflow=name)

    return read


def action(kind: type[reports.ActionReport]) -> Callable[[Envelope], Report]:
    def read(envelope: Envelope) -> Report:
        data, incident = envelope.data, envelope.incident
        name = _named(data.needed_object("action").needed_reference()).summary
        return kind(
            **envelope.heard_of(incident, data.name("id")),
            incident=incident, action=name, state=data.needed_text("state"), html_url=data.text("html_url"),
        )  # fmt: skip

    return read


def _responder(data: Members) -> Reference:
    """Who was asked: a person, or everybody an escalation policy names."""
    found = data.reference("user") or data.reference("escalation_policy")
    if found is None:
        raise NotUnderstood(f"{data.where('user')} and {data.where('escalation_policy')} are missing")
    return _named(found)


def _named(reference: Reference) -> Reference:
    """Never without a name, since sentences are made of it."""
    return replace(reference, summary=reference.summary or reference.id)


REPORTS: dict[str, Callable[[Envelope], Report]] = {
    "incident.annotated": annotated,
    "incident.status_update_published": status_update,
    "incident.responder.added": responder_added,
    "incident.responder.replied": responder_replied,
    "incident.conference_bridge.updated": bridge,
    "incident.custom_field_values.updated": fields,
    "incident.role.assigned": role,
    "incident.task.created": task(reports.TaskCreated),
    "incident.task.updated": task(reports.TaskUpdated),
    "incident.task.completed": task(reports.TaskCompleted),
    "incident.workflow.started": workflow(reports.WorkflowStarted),
    "incident.workflow.completed": workflow(reports.WorkflowCompleted),
    "incident.action_invocation.created": action(reports.ActionCreated),
    "incident.action_invocation.updated": action(reports.ActionUpdated),
    "incident.action_invocation.terminated": action(reports.ActionTerminated),
}
