"""Words taken from the timeline. That they stood there, and who took them away, stays."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.domain.events.changes import ChangeLogged
from bot.domain.events.event import Event, ServiceEvent
from bot.domain.incident import Incident
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class EntryRedacted(Event):
    """Of the entry `seq`: its kind, its key, and when it was recorded, by which its line in the room is found."""

    kind: ClassVar[str] = "entry.redacted"
    seq: int
    entry_kind: str
    entry_key: str
    entry_at: datetime
    reason: str = ""

    def text(self) -> str:
        return _told(self.by, self.seq, self.reason)

    def move(self, incident: Incident) -> Incident:
        return replace(incident, last_change=None) if self.entry_kind == ChangeLogged.kind else incident


@dataclass(frozen=True, kw_only=True)
class RedactedElsewhere(ServiceEvent):
    """The same on a timeline that no incident has, whose name `service_id` is: "service:P…" or "source:…"."""

    kind: ClassVar[str] = EntryRedacted.kind
    seq: int
    entry_kind: str
    entry_key: str
    entry_at: datetime
    reason: str = ""

    @property
    def stream(self) -> str:
        return self.service_id

    def text(self) -> str:
        return _told(self.by, self.seq, self.reason)


def _told(by: Actor, seq: int, reason: str) -> str:
    return f"{by.name} redacted entry {seq}" + (f": {reason}" if reason else "")
