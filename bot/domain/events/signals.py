"""What sources signal, and what became of it: on the incident's timeline once it is known, else on the source's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from bot.domain.events.event import Event, ServiceEvent
from bot.domain.incident import Incident
from bot.domain.origin import Origin, Origins, found, joined
from bot.domain.signal import AlertStatus, Severity

SAID = {
    "trigger": "raised an alert", "acknowledge": "says that somebody looks at it", "resolve": "says that it is over",
    "change": "reports a change",
}  # fmt: skip


def _told(title: str, action: str, severity: str | None, summary: str, former: str | None = None) -> str:
    what = " ".join(summary.split()) or "without a word"
    if former:
        return f"{title} says that it is {severity} now, it was {former}: {what}"
    weight = f" ({severity})" if severity and action == "trigger" else ""
    return f"{title} {SAID[action]}{weight}: {what}"


@dataclass(frozen=True, kw_only=True)
class Signalled(Event):
    """A source said something about an incident that is open already. `sent`: PagerDuty is told; else `why` not.
    `former`: the severity before, where this is another."""

    kind: ClassVar[str] = "signal.received"
    source: str
    action: str
    dedup_key: str
    summary: str
    severity: Severity | None = None
    former: Severity | None = None
    sent: bool = True
    why: str = ""

    def text(self) -> str:
        said = _told(self.by.name, self.action, self.severity, self.summary, self.former)
        return said + (f" ({self.why})" if self.why else "")

    def move(self, incident: Incident) -> Incident:
        """What is over at the source is over, whether or not PagerDuty needed to be told."""
        known = found(incident.alerts, self.source, self.dedup_key)
        if known is None or not (self.sent or self.action == "resolve"):
            return incident
        return replace(incident, alerts=_with(incident.alerts, self._moved(known)))

    def _moved(self, known: Origin) -> Origin:
        if self.action == "trigger":
            return known.as_severe_as(self.severity) if self.severity else known
        status: AlertStatus = "resolved" if self.action == "resolve" else "acknowledged"
        return replace(known, status=status)


@dataclass(frozen=True, kw_only=True)
class Correlated(Event):
    """An alert that a source raised belongs to this incident, by its key or because PagerDuty says so. `client` is
    what people call the system; what the alert shows is as it stands now."""

    kind: ClassVar[str] = "signal.correlated"
    source: str
    client: str
    dedup_key: str
    severity: Severity
    summary: str
    status: AlertStatus = "triggered"
    url: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        return _told(self.client, "trigger", self.severity, self.summary)

    def move(self, incident: Incident) -> Incident:
        new = Origin(
            self.source, self.client, self.dedup_key, self.severity, self.status, self.url, self.summary, self.fields
        )
        return replace(incident, alerts=joined(incident.alerts, new))


@dataclass(frozen=True, kw_only=True)
class SeverityLearned(Event):
    """The source was asked how severe its alert is."""

    kind: ClassVar[str] = "signal.severity_learned"
    source: str
    client: str
    dedup_key: str
    severity: Severity

    def text(self) -> str:
        return f"{self.client} says, asked for it, that its alert is {self.severity}"

    def move(self, incident: Incident) -> Incident:
        known = found(incident.alerts, self.source, self.dedup_key)
        if known is None:
            return incident
        return replace(incident, alerts=_with(incident.alerts, known.as_severe_as(self.severity)))


@dataclass(frozen=True, kw_only=True)
class WrittenBack(Event):
    """The source was told that somebody looks at its alert, or no longer does."""

    kind: ClassVar[str] = "signal.written_back"
    source: str
    client: str
    dedup_key: str
    acknowledged: bool

    def text(self) -> str:
        return f"{self.client} was told that {'somebody' if self.acknowledged else 'nobody'} looks at its alert"

    def move(self, incident: Incident) -> Incident:
        known = found(incident.alerts, self.source, self.dedup_key)
        if known is None:
            return incident
        status: AlertStatus = "acknowledged" if self.acknowledged else "triggered"
        after = replace(known, status=status if known.is_open else known.status, is_told=self.acknowledged)
        return replace(incident, alerts=_with(incident.alerts, after))


@dataclass(frozen=True, kw_only=True)
class UrgencySet(Event):
    """The urgency followed the severity that a source told, as its service is set up to."""

    kind: ClassVar[str] = "signal.urgency_set"
    urgency: str
    severity: Severity

    def text(self) -> str:
        return f"Urgency {self.urgency}: the worst that sources say is {self.severity}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, urgency=self.urgency)


def _with(origins: Origins, changed: Origin) -> Origins:
    """In its own place."""
    return tuple(changed if one.is_of(changed.source, changed.dedup_key) else one for one in origins)


@dataclass(frozen=True, kw_only=True)
class SourceEvent(ServiceEvent):
    """On the timeline of the source, whose name `service_id` is."""

    @property
    def stream(self) -> str:
        return f"source:{self.service_id}"


@dataclass(frozen=True, kw_only=True)
class SourceSignalled(SourceEvent):
    """A source said something that belongs to no incident yet, or to none at all."""

    kind: ClassVar[str] = "source.signal.received"
    action: str
    dedup_key: str
    summary: str
    severity: str | None = None
    sent: bool = True
    why: str = ""

    def text(self) -> str:
        if self.action == "ignore":
            return f"{self.by.name} said something that needs nothing done: {self.why or 'nothing to say'}"
        return _told(self.by.name, self.action, self.severity, self.summary) + (f" ({self.why})" if self.why else "")


@dataclass(frozen=True, kw_only=True)
class SourceDisabled(SourceEvent):
    kind: ClassVar[str] = "source.disabled"

    def text(self) -> str:
        return f"{self.by.name} disabled the source: what it sends is kept, and nothing is done about it"


@dataclass(frozen=True, kw_only=True)
class SourceEnabled(SourceEvent):
    """`again`: how many deliveries that came meanwhile are read now."""

    kind: ClassVar[str] = "source.enabled"
    again: int = 0

    def text(self) -> str:
        return f"{self.by.name} enabled the source; {self.again} deliveries that came meanwhile are read now"


@dataclass(frozen=True, kw_only=True)
class SourceReplayed(SourceEvent):
    kind: ClassVar[str] = "source.replayed"
    again: int = 0

    def text(self) -> str:
        return f"{self.by.name} had {self.again} deliveries read again"


@dataclass(frozen=True, kw_only=True)
class SourceTested(SourceEvent):
    """A sample was sent all the way to PagerDuty, under a key of its own, with the least severity."""

    kind: ClassVar[str] = "source.tested"
    dedup_key: str

    def text(self) -> str:
        return f"{self.by.name} tested the source all the way to PagerDuty, with the alert {self.dedup_key}"


@dataclass(frozen=True, kw_only=True)
class SignalSent(SourceEvent):
    """PagerDuty took the event: it answered 202."""

    kind: ClassVar[str] = "source.signal.sent"
    action: str
    dedup_key: str

    def text(self) -> str:
        return f"PagerDuty has the {self.action} event of {self.dedup_key or 'the change'}"


@dataclass(frozen=True, kw_only=True)
class SignalFailed(SourceEvent):
    """PagerDuty did not take the event, and no repeat helps."""

    kind: ClassVar[str] = "source.signal.failed"
    action: str
    dedup_key: str
    reason: str

    def text(self) -> str:
        return f"PagerDuty did not take the {self.action} event of {self.dedup_key or 'the change'}: {self.reason}"
