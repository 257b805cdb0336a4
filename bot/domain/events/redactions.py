"""Words taken from the timeline. That they stood there, and who took them away, stays."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.domain.events.changes import ChangeLogged
from bot.domain.events.event import Event
from bot.domain.incident import Incident


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
        return f"{self.by.name} redacted entry {self.seq}" + (f": {self.reason}" if self.reason else "")

    def move(self, incident: Incident) -> Incident:
        return replace(incident, last_change=None) if self.entry_kind == ChangeLogged.kind else incident
