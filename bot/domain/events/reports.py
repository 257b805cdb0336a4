"""What PagerDuty tells us about a part of an incident: the news that names its incident without describing it.
https://developer.pagerduty.com/docs/webhooks-overview#event-data-types"""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.incident import Bridge, Incident, Reference


@dataclass(frozen=True, kw_only=True)
class Report(Event):
    """News that names its incident without describing it."""

    incident: Reference

    def introduced(self, incident: Incident) -> Incident:
        """With what little the reference says, when nothing better is known."""
        if incident.pagerduty_id is not None and incident.title:
            return incident
        return replace(
            incident, pagerduty_id=self.incident.id, title=incident.title or self.incident.summary,
            html_url=incident.html_url or self.incident.html_url,
        )  # fmt: skip

    def move(self, incident: Incident) -> Incident:
        return self.introduced(incident)


@dataclass(frozen=True, kw_only=True)
class Annotated(Report):
    kind: ClassVar[str] = "incident.annotated"
    note_id: str
    content: str
    trimmed: bool = False

    def text(self) -> str:
        return f"{self.by.name} noted: {self.content}"

    def move(self, incident: Incident) -> Incident:
        known = self.introduced(incident)
        return replace(known, expected_notes=tuple(note for note in known.expected_notes if not self.echoes(note)))

    def echoes(self, note: str) -> bool:
        """Whether this is PagerDuty telling us our own note; it cuts long ones and calls that `trimmed`."""
        return note.startswith(self.content.rstrip("….")) if self.trimmed else note == self.content


@dataclass(frozen=True, kw_only=True)
class StatusUpdatePublished(Report):
    kind: ClassVar[str] = "incident.status_update_published"
    message: str
    trimmed: bool = False

    def text(self) -> str:
        return f"{self.by.name} published a status update: {self.message}"


@dataclass(frozen=True, kw_only=True)
class ResponderAdded(Report):
    kind: ClassVar[str] = "incident.responder.added"
    responder: Reference
    message: str = ""

    def text(self) -> str:
        return f"{self.by.name} asked {self.responder.summary} to help" + (f": {self.message}" if self.message else "")

    def move(self, incident: Incident) -> Incident:
        known = self.introduced(incident)
        others = tuple(one for one in known.responders if one.id != self.responder.id)
        return replace(known, responders=(*others, self.responder))


@dataclass(frozen=True, kw_only=True)
class ResponderReplied(Report):
    kind: ClassVar[str] = "incident.responder.replied"
    responder: Reference
    state: str

    def text(self) -> str:
        return f"{self.responder.summary} answered the request to help: {self.state}"


@dataclass(frozen=True, kw_only=True)
class BridgeUpdated(Report):
    kind: ClassVar[str] = "incident.conference_bridge.updated"
    bridge: Bridge | None

    def text(self) -> str:
        bridge = self.bridge or Bridge()
        where = " · ".join(part for part in (bridge.conference_url, bridge.conference_number) if part)
        return f"Conference bridge: {where}" if where else "The conference bridge was removed"

    def move(self, incident: Incident) -> Incident:
        known = self.introduced(incident)
        return known if known.is_older_than_known(self.at) else replace(known, bridge=self.bridge)


@dataclass(frozen=True, kw_only=True)
class FieldsUpdated(Report):
    kind: ClassVar[str] = "incident.custom_field_values.updated"
    values: dict[str, str]

    def text(self) -> str:
        return f"{self.by.name} set " + ", ".join(f"{name} to {value}" for name, value in self.values.items())


@dataclass(frozen=True, kw_only=True)
class RoleAssigned(Report):
    kind: ClassVar[str] = "incident.role.assigned"
    role: str
    assignee: Reference | None

    def text(self) -> str:
        return f"{self.assignee.summary} is now {self.role}" if self.assignee else f"Nobody is {self.role} any more"


@dataclass(frozen=True, kw_only=True)
class TaskReport(Report):
    task_id: str
    task: str
    status: str


@dataclass(frozen=True, kw_only=True)
class TaskCreated(TaskReport):
    kind: ClassVar[str] = "incident.task.created"

    def text(self) -> str:
        return f"{self.by.name} added a task: {self.task}"


@dataclass(frozen=True, kw_only=True)
class TaskUpdated(TaskReport):
    kind: ClassVar[str] = "incident.task.updated"

    def text(self) -> str:
        return f"{self.by.name} changed a task: {self.task} ({self.status})"


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(TaskReport):
    kind: ClassVar[str] = "incident.task.completed"

    def text(self) -> str:
        return f"{self.by.name} completed a task: {self.task}"


@dataclass(frozen=True, kw_only=True)
class WorkflowStarted(Report):
    kind: ClassVar[str] = "incident.workflow.started"
    workflow: str

    def text(self) -> str:
        return f"The workflow {self.workflow} started"


@dataclass(frozen=True, kw_only=True)
class WorkflowCompleted(Report):
    kind: ClassVar[str] = "incident.workflow.completed"
    workflow: str

    def text(self) -> str:
        return f"The workflow {self.workflow} completed"


@dataclass(frozen=True, kw_only=True)
class ActionReport(Report):
    action: str
    state: str
    html_url: str | None = None

    def text(self) -> str:
        return f"Automation action {self.action}: {self.state}"


@dataclass(frozen=True, kw_only=True)
class ActionCreated(ActionReport):
    kind: ClassVar[str] = "incident.action_invocation.created"


@dataclass(frozen=True, kw_only=True)
class ActionUpdated(ActionReport):
    kind: ClassVar[str] = "incident.action_invocation.updated"


@dataclass(frozen=True, kw_only=True)
class ActionTerminated(ActionReport):
    kind: ClassVar[str] = "incident.action_invocation.terminated"
