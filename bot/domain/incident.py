"""One PagerDuty incident as we know it, and what PagerDuty said of it at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from bot.domain.origin import Origin
from bot.domain.people import Actor, Person
from bot.domain.room import WarRoom


class Status(StrEnum):
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Subject:
    """Which incident is meant: by our number, by PagerDuty's id, or by the incident_key we gave PagerDuty.

    All None: one that nobody has heard of yet.
    """

    number: int | None = None
    pagerduty_id: str | None = None
    incident_key: str | None = None


@dataclass(frozen=True)
class Reference:
    """A PagerDuty object mentioned by another: its id, what PagerDuty calls it, where it is shown."""

    id: str
    summary: str = ""
    html_url: str | None = None


@dataclass(frozen=True)
class Bridge:
    """Where people meet to talk: a number to dial, an address to open, or both."""

    conference_number: str | None = None
    conference_url: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """The whole incident as PagerDuty described it in one webhook or one answer."""

    pagerduty_id: str
    title: str
    status: Status
    urgency: str | None = None
    pagerduty_number: int | None = None
    incident_key: str | None = None
    html_url: str | None = None
    created_at: datetime | None = None
    incident_type: str | None = None
    service: Reference | None = None
    escalation_policy: Reference | None = None
    priority: Reference | None = None
    teams: tuple[Reference, ...] = ()
    assignees: tuple[Reference, ...] = ()
    bridge: Bridge | None = None
    merged_into: Reference | None = None


@dataclass(frozen=True)
class Deed:
    """Who did, or asked for, something, and when."""

    by: Actor
    at: datetime


class Moves(Protocol):
    """What an event must offer to move an incident."""

    def move(self, incident: "Incident") -> "Incident": ...


@dataclass(frozen=True)
class Incident:
    number: int
    title: str = ""
    status: Status = Status.TRIGGERED
    urgency: str | None = None
    pagerduty_id: str | None = None
    pagerduty_number: int | None = None
    incident_key: str | None = None
    html_url: str | None = None
    created_at: datetime | None = None
    incident_type: str | None = None
    service: Reference | None = None
    escalation_policy: Reference | None = None
    priority: Reference | None = None
    teams: tuple[Reference, ...] = ()
    assignees: tuple[Reference, ...] = ()
    bridge: Bridge | None = None
    merged_into: Reference | None = None
    news_at: datetime | None = None  # PagerDuty's clock: the last news that was allowed to move us
    declared_by: Actor | None = None
    acknowledged: Deed | None = None
    resolved: Deed | None = None
    lead: Actor | None = None
    is_lead_appointed: bool = False  # somebody who responds, or an admin, made them so
    volunteers: tuple[str, ...] = ()  # PagerDuty ids: of the assignees, who took it without being asked
    responders: tuple[Reference, ...] = ()  # people and policies asked to help, beyond the assignees
    pending: Mapping[str, Deed] = field(default_factory=dict)  # verb → who asked, until PagerDuty has agreed
    late: str | None = None  # why PagerDuty has not heard yet, while something is pending
    expected_notes: tuple[str, ...] = ()  # notes of ours whose echo has not come back
    redacted: tuple[str, ...] = ()  # the digests of words that PagerDuty may repeat
    last_change: str | None = None
    room: WarRoom | None = None
    former_rooms: tuple[WarRoom, ...] = ()
    caught_up_to: int = 0  # the entry of the timeline up to which the room was told what came late
    rooms_not_opened: int = 0  # how often one was no longer deserved when its turn came
    is_umbrella: bool = False  # its room is shared by those that came after it in a storm
    promoted: Deed | None = None  # who wanted it to have a room of its own
    alerts: tuple[Origin, ...] = ()  # those of sources, in the order they were known to belong here

    @property
    def name(self) -> str:
        """What people call it: INC-42."""
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status is not Status.RESOLVED

    @property
    def subject(self) -> Subject:
        return Subject(number=self.number)

    def is_held_by(self, person: Person) -> bool:
        """Whether it is assigned to this person, or acknowledged, led or declared by them."""
        deeds = (self.acknowledged and self.acknowledged.by, self.lead, self.declared_by)
        assigned = person.pagerduty_id in {assignee.id for assignee in self.assignees}
        return assigned or any(actor and actor.id in (person.slack_id, person.pagerduty_id) for actor in deeds)

    def after(self, event: Moves) -> "Incident":
        """The incident as it stands once `event` has happened."""
        return event.move(self)

    def is_older_than_known(self, at: datetime) -> bool:
        """Whether news of `at` (PagerDuty's clock) comes too late to move us."""
        return self.news_at is not None and at < self.news_at

    def told(self, said: Snapshot, at: datetime) -> Self:
        """With everything PagerDuty `said` taken over, but the status, which is the event's to move."""
        return replace(
            self, title=said.title or self.title, urgency=said.urgency, pagerduty_id=said.pagerduty_id,
            pagerduty_number=said.pagerduty_number, incident_key=said.incident_key or self.incident_key,
            html_url=said.html_url, created_at=said.created_at or self.created_at, incident_type=said.incident_type,
            service=said.service, escalation_policy=said.escalation_policy, priority=said.priority, teams=said.teams,
            assignees=said.assignees or (self.assignees if said.status is Status.RESOLVED else ()),
            bridge=said.bridge, merged_into=said.merged_into, news_at=at,
        )  # fmt: skip

    def standing(self, status: Status, deed: Deed) -> Self:
        """In `status` since `deed`; a status it already had keeps its first doer."""
        if status is self.status:
            return self
        if status is Status.ACKNOWLEDGED:
            return replace(self, status=status, acknowledged=deed, resolved=None).without("acknowledge", "reopen")
        if status is Status.RESOLVED:
            return replace(self, status=status, resolved=deed, late=None, pending={})
        return replace(self, status=status, acknowledged=None, resolved=None).without("reopen")

    def without(self, *verbs: str) -> Self:
        """With these requests no longer pending."""
        pending = {verb: deed for verb, deed in self.pending.items() if verb not in verbs}
        return replace(self, pending=pending, late=self.late if pending else None)

    def wanting(self, verb: str, deed: Deed) -> Self:
        """With `verb` asked for; whoever asked first stays the asker."""
        return self if verb in self.pending else replace(self, pending={**self.pending, verb: deed})
