"""What PagerDuty tells us. Each kind has the name PagerDuty gave it:
https://developer.pagerduty.com/docs/webhooks-overview#event-types"""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.incident import Deed, Incident, Reference, Snapshot, Status
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class News(Event):
    """News that carries the whole incident, so that the newest always tells the whole truth."""

    snapshot: Snapshot
    status: ClassVar[Status | None] = None  # where this kind puts the incident; None: where the snapshot says
    asks: ClassVar[bool] = False  # whether those whom it is assigned to then are asked to respond

    def move(self, incident: Incident) -> Incident:
        if incident.is_older_than_known(self.at):
            return incident
        told = replace(incident.told(self.snapshot, self.at), volunteers=self._volunteers(incident))
        return told.standing(self.status or self.snapshot.status, Deed(self.doer(), self.at))

    def _volunteers(self, incident: Incident) -> tuple[str, ...]:
        """PagerDuty assigns an incident to whoever acknowledges it. Of one we had not heard of, nobody has."""
        now, doer = {one.id for one in self.snapshot.assignees}, self.doer().id
        took = {doer} & now - {one.id for one in incident.assignees} if incident.news_at else set()
        asked = now - {doer} if self.asks else set()
        return tuple(one for one in dict.fromkeys((*incident.volunteers, *took)) if one not in asked)

    def doer(self) -> Actor:
        """Whose doing the status is."""
        return self.by


@dataclass(frozen=True, kw_only=True)
class Triggered(News):
    kind: ClassVar[str] = "incident.triggered"

    def text(self) -> str:
        where = f" on {self.snapshot.service.summary}" if self.snapshot.service else ""
        return f"Triggered{where}: {self.snapshot.title}"

    def move(self, incident: Incident) -> Incident:
        """Nothing an incident lives through comes before its trigger, so a trigger only ever introduces."""
        return super().move(incident) if incident.news_at is None else incident


@dataclass(frozen=True, kw_only=True)
class Acknowledged(News):
    kind: ClassVar[str] = "incident.acknowledged"
    status: ClassVar[Status | None] = Status.ACKNOWLEDGED

    def text(self) -> str:
        return f"{self.by.name} acknowledged"


@dataclass(frozen=True, kw_only=True)
class Unacknowledged(News):
    kind: ClassVar[str] = "incident.unacknowledged"
    status: ClassVar[Status | None] = Status.TRIGGERED

    def text(self) -> str:
        return "The acknowledgement has lapsed: the incident is triggered again"


@dataclass(frozen=True, kw_only=True)
class Resolved(News):
    kind: ClassVar[str] = "incident.resolved"
    status: ClassVar[Status | None] = Status.RESOLVED

    def text(self) -> str:
        into = self.snapshot.merged_into
        if into is None:
            return f"{self.by.name} resolved it"
        return f"{self.by.name} merged it into {into.summary or into.id}"


@dataclass(frozen=True, kw_only=True)
class Reopened(News):
    kind: ClassVar[str] = "incident.reopened"
    asks: ClassVar[bool] = True

    def text(self) -> str:
        return f"{self.by.name} reopened it"

    def move(self, incident: Incident) -> Incident:
        moved = super().move(incident)
        return moved if moved is incident else moved.without("reopen")


@dataclass(frozen=True, kw_only=True)
class Escalated(News):
    kind: ClassVar[str] = "incident.escalated"
    asks: ClassVar[bool] = True

    def text(self) -> str:
        return f"Escalated to {names(self.snapshot.assignees)}"


@dataclass(frozen=True, kw_only=True)
class Delegated(News):
    kind: ClassVar[str] = "incident.delegated"
    asks: ClassVar[bool] = True

    def text(self) -> str:
        policy = self.snapshot.escalation_policy
        return f"{self.by.name} handed it to the escalation policy {policy.summary if policy else '(none)'}"


@dataclass(frozen=True, kw_only=True)
class Reassigned(News):
    kind: ClassVar[str] = "incident.reassigned"
    asks: ClassVar[bool] = True

    def text(self) -> str:
        return f"{self.by.name} reassigned it to {names(self.snapshot.assignees)}"


@dataclass(frozen=True, kw_only=True)
class PriorityUpdated(News):
    kind: ClassVar[str] = "incident.priority_updated"

    def text(self) -> str:
        priority = self.snapshot.priority
        return f"{self.by.name} set the priority to {priority.summary if priority else 'none'}"


@dataclass(frozen=True, kw_only=True)
class ServiceChanged(News):
    kind: ClassVar[str] = "incident.service_updated"

    def text(self) -> str:
        service = self.snapshot.service
        return f"{self.by.name} moved it to the service {service.summary if service else '?'}"


@dataclass(frozen=True, kw_only=True)
class TypeChanged(News):
    kind: ClassVar[str] = "incident.incident_type.changed"

    def text(self) -> str:
        return f"{self.by.name} changed its type to {self.snapshot.incident_type or '?'}"


@dataclass(frozen=True, kw_only=True)
class LookedUp(News):
    """Muster asked PagerDuty itself, because it had heard only a part, or wanted to be sure.

    `changed_by`: whose doing the status is that was found.
    """

    kind: ClassVar[str] = "incident.looked_up"
    changed_by: Actor | None = None

    def text(self) -> str:
        by = f" by {self.changed_by.name}" if self.changed_by else ""
        return f"Read from PagerDuty: {self.snapshot.status}{by}"

    def doer(self) -> Actor:
        return self.changed_by or self.by


def names(references: tuple[Reference, ...]) -> str:
    return ", ".join(reference.summary or reference.id for reference in references) or "nobody"
