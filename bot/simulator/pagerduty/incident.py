"""One incident with everything that happened to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.pagerduty.directory import EscalationPolicy, Integration, Priority, Service, Team, User
from bot.simulator.pagerduty.ids import long_id, now, short_id

Agent = User | Service | None


@dataclass(frozen=True)
class Origin:
    """Who does something, and through what: "website" (PagerDuty's own app), "api" or "timeout"."""

    agent: Agent
    channel: str = "api"
    client: dict[str, str] | None = None


@dataclass(eq=False)
class LogEntry:
    """One line of PagerDuty's own record; `type` ends with `_log_entry`, `details` are its further members."""

    type: str
    at: datetime
    agent: Agent
    summary: str
    channel: str
    details: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=long_id)

    @property
    def agent_name(self) -> str | None:
        return self.agent.name if self.agent else None

    @property
    def agent_email(self) -> str | None:
        return self.agent.email if isinstance(self.agent, User) else None


@dataclass(eq=False)
class Note:
    user: Agent
    content: str
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=short_id)


@dataclass(eq=False)
class StatusUpdate:
    sender: Agent
    message: str
    subject: str | None = None
    html_message: str | None = None
    created_at: datetime = field(default_factory=now)
    id: str = field(default_factory=short_id)


@dataclass(eq=False)
class Responder:
    """`state` is pending, joined, declined or user_cancelled."""

    user: User
    requester: Agent
    message: str
    escalation_policy: EscalationPolicy | None = None
    state: str = "pending"
    requested_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


@dataclass(eq=False)
class Alert:
    key: str
    integration: Integration
    summary: str
    severity: str
    details: dict[str, Any]
    status: str = "triggered"
    created_at: datetime = field(default_factory=now)
    resolved_at: datetime | None = None
    id: str = field(default_factory=long_id)

    def resolve(self) -> None:
        self.resolved_at = self.resolved_at if self.status == "resolved" else now()
        self.status = "resolved"


@dataclass(eq=False)
class Task:
    name: str
    description: str = ""
    status: str = "todo"
    assignees: list[User] = field(default_factory=list)
    id: str = field(default_factory=short_id)


@dataclass(eq=False)
class Incident:
    number: int
    title: str
    service: Service
    escalation_policy: EscalationPolicy
    urgency: str
    incident_key: str
    body: str | None = None
    priority: Priority | None = None
    incident_type: str = "incident_default"
    status: str = "triggered"
    assigned_via: str = "escalation_policy"
    level: int = 1
    id: str = field(default_factory=long_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    snoozed_until: datetime | None = None
    last_status_change_at: datetime = field(default_factory=now)
    last_status_change_by: Agent = None
    merged_into: "Incident | None" = None
    conference_bridge: dict[str, str] | None = None
    teams: list[Team] = field(default_factory=list)
    assignments: list[tuple[datetime, User]] = field(default_factory=list)
    acknowledgements: list[tuple[datetime, User | Service]] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    status_updates: list[StatusUpdate] = field(default_factory=list)
    responders: list[Responder] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    roles: dict[str, User] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)

    @property
    def assignees(self) -> list[User]:
        return [user for _, user in self.assignments]

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"
