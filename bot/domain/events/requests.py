"""What people ask for, and how it ends when PagerDuty does not simply agree."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.events.news import News
from bot.domain.incident import Deed, Incident, Status
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class Declared(Event):
    """Someone in Slack says there is an incident, before PagerDuty has one. `incident_key` finds it again there."""

    kind: ClassVar[str] = "incident.declared"
    title: str
    service_id: str
    service: str
    urgency: str
    incident_key: str
    description: str = ""

    def text(self) -> str:
        return f"{self.by.name} declared on {self.service}: {self.title}"

    def move(self, incident: Incident) -> Incident:
        return replace(
            incident, title=self.title, urgency=self.urgency, declared_by=self.by, incident_key=self.incident_key,
            created_at=self.at, pending={"declare": Deed(self.by, self.at)},
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Created(News):
    """PagerDuty has opened the incident that was declared."""

    kind: ClassVar[str] = "incident.created"
    names: ClassVar[bool] = True

    def text(self) -> str:
        return f"Opened in PagerDuty as {self.snapshot.pagerduty_id}"

    def move(self, incident: Incident) -> Incident:
        return super().move(incident).without("declare")


@dataclass(frozen=True, kw_only=True)
class Request(Event):
    verb: ClassVar[str]

    def move(self, incident: Incident) -> Incident:
        return incident.wanting(self.verb, Deed(self.by, self.at))


@dataclass(frozen=True, kw_only=True)
class AcknowledgeRequested(Request):
    kind: ClassVar[str] = "acknowledge.requested"
    verb: ClassVar[str] = "acknowledge"

    def text(self) -> str:
        return f"{self.by.name} asked to acknowledge"


@dataclass(frozen=True, kw_only=True)
class ResolveRequested(Request):
    kind: ClassVar[str] = "resolve.requested"
    verb: ClassVar[str] = "resolve"
    resolution: str = ""

    def text(self) -> str:
        return f"{self.by.name} asked to resolve" + (f": {self.resolution}" if self.resolution else "")

    def move(self, incident: Incident) -> Incident:
        """PagerDuty repeats a resolution as a note of its own wording, so that echo is expected."""
        wanted = super().move(incident)
        if wanted is incident or not self.resolution:
            return wanted
        return replace(wanted, expected_notes=(*wanted.expected_notes, f"Resolution Note: {self.resolution}"))


@dataclass(frozen=True, kw_only=True)
class ReopenRequested(Request):
    kind: ClassVar[str] = "reopen.requested"
    verb: ClassVar[str] = "reopen"

    def text(self) -> str:
        return f"{self.by.name} asked to reopen"


@dataclass(frozen=True, kw_only=True)
class RequestDropped(Event):
    """The request came too late, or PagerDuty said no: nothing was changed there."""

    kind: ClassVar[str] = "request.dropped"
    verb: str
    asker: Actor
    reason: str

    def text(self) -> str:
        return f"Not done for {self.asker.name} ({self.verb}): {self.reason}"

    def move(self, incident: Incident) -> Incident:
        return incident.without(self.verb)


@dataclass(frozen=True, kw_only=True)
class RequestDelayed(Event):
    """PagerDuty does not answer: the request stays owed and is repeated by itself."""

    kind: ClassVar[str] = "request.delayed"
    verb: str
    asker: Actor
    reason: str

    def text(self) -> str:
        doing = {"note": "take a note", "change": "take a change"}.get(self.verb, self.verb)
        return f"Waiting for PagerDuty to {doing} for {self.asker.name}: {self.reason}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, late=self.reason) if self.verb in incident.pending else incident


@dataclass(frozen=True, kw_only=True)
class NoteWritten(Event):
    kind: ClassVar[str] = "note.written"
    note: str

    def text(self) -> str:
        return f"{self.by.name} noted: {self.note}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, expected_notes=(*incident.expected_notes, self.note))


@dataclass(frozen=True, kw_only=True)
class NoteSent(Event):
    """The note stands on the PagerDuty incident too."""

    kind: ClassVar[str] = "note.sent"
    note_id: str

    def text(self) -> str:
        return f"The note of {self.by.name} is on the PagerDuty incident"


@dataclass(frozen=True, kw_only=True)
class LeadTaken(Event):
    """`appointed`: by somebody who responds, or by an admin."""

    kind: ClassVar[str] = "role.lead_taken"
    lead: Actor
    appointed: bool = False

    def text(self) -> str:
        if self.lead == self.by:
            return f"{self.lead.name} leads"
        return f"{self.by.name} gave the lead to {self.lead.name}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, lead=self.lead, is_lead_appointed=self.appointed)


@dataclass(frozen=True, kw_only=True)
class CommandRefused(Event):
    """Someone asked for what they may not do."""

    kind: ClassVar[str] = "command.refused"
    verb: str
    reason: str

    def text(self) -> str:
        return f"{self.by.name} was refused {self.verb}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class EffectFailed(Event):
    """An effect was given up: the vendor refused it, or time did not help."""

    kind: ClassVar[str] = "effect.failed"
    effect: str
    reason: str
    attempts: int

    def text(self) -> str:
        return f"Gave up {self.effect.replace('_', ' ')}: {self.reason}"


def may_still(verb: str, status: Status) -> bool:
    """Whether the request makes sense for an incident that stands at `status`."""
    wanted_from = {
        "acknowledge": {Status.TRIGGERED},
        "resolve": {Status.TRIGGERED, Status.ACKNOWLEDGED},
        "reopen": {Status.RESOLVED},
    }
    return status in wanted_from[verb]
