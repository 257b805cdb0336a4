"""What sources signal, and what became of it: on the incident's timeline once it is known, else on the source's."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.events.event import Event, ServiceEvent

SAID = {
    "trigger": "raised an alert", "acknowledge": "says that somebody looks at it", "resolve": "says that it is over",
    "change": "reports a change",
}  # fmt: skip


def _told(title: str, action: str, severity: str | None, summary: str) -> str:
    weight = f" ({severity})" if severity and action == "trigger" else ""
    return f"{title} {SAID[action]}{weight}: {' '.join(summary.split()) or 'without a word'}"


@dataclass(frozen=True, kw_only=True)
class Signalled(Event):
    """A source said something about an incident that is open already. `sent`: PagerDuty is told; else `why` not."""

    kind: ClassVar[str] = "signal.received"
    source: str
    action: str
    dedup_key: str
    summary: str
    severity: str | None = None
    sent: bool = True
    why: str = ""

    def text(self) -> str:
        return _told(self.by.name, self.action, self.severity, self.summary) + (f" ({self.why})" if self.why else "")


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
