"""What an account is made of before anything happens: people, teams, services, policies, priorities."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from bot.simulator.pagerduty.ids import now, short_id


@dataclass(eq=False)
class Named:
    """Anything that others refer to by id, type and summary."""

    kind: ClassVar[str]
    folder: ClassVar[str]  # where it lives below the API's and the website's root
    name: str
    id: str = field(default_factory=short_id, kw_only=True)

    @property
    def summary(self) -> str:
        return self.name


@dataclass(eq=False)
class Team(Named):
    kind, folder = "team", "teams"
    description: str | None = None


@dataclass(eq=False)
class User(Named):
    kind, folder = "user", "users"
    email: str
    role: str = "user"
    time_zone: str = "Etc/UTC"
    teams: list[Team] = field(default_factory=list)
    contact_id: str = field(default_factory=short_id)


@dataclass(eq=False)
class Priority(Named):
    kind, folder = "priority", "priorities"
    description: str = ""


@dataclass(eq=False)
class EscalationPolicy(Named):
    """`levels[0]` is paged first; each level is the people on call for it."""

    kind, folder = "escalation_policy", "escalation_policies"
    levels: list[list[User]]
    teams: list[Team] = field(default_factory=list)
    delay_minutes: int = 30


@dataclass(eq=False)
class Integration(Named):
    """`key` is the routing key that the Events API takes: 32 characters."""

    kind, folder = "events_api_v2_inbound_integration", "integrations"
    key: str
    service_id: str
    created_at: datetime = field(default_factory=now)


@dataclass(eq=False)
class Service(Named):
    """`urgency_rule` is "high", "low" or "severity_based". `groups_alerts`: a new alert joins the newest open incident
    of the service, and no webhook tells of it."""

    kind, folder = "service", "services"
    escalation_policy: EscalationPolicy
    teams: list[Team] = field(default_factory=list)
    description: str | None = None
    urgency_rule: str = "high"
    groups_alerts: bool = False
    alert_creation: str = "create_alerts_and_incidents"
    status: str = "active"
    created_at: datetime = field(default_factory=now)
    integrations: list[Integration] = field(default_factory=list)
    custom_fields: dict[str, Any] = field(default_factory=dict)

    def urgency(self, severity: str | None = None) -> str:
        """https://support.pagerduty.com/main/docs/dynamic-notifications"""
        if self.urgency_rule != "severity_based":
            return self.urgency_rule
        return "low" if severity in ("warning", "info") else "high"
