"""What was learnt late: from PagerDuty's own record, after no webhook had told us."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.events.reports import Report
from bot.domain.incident import Incident


@dataclass(frozen=True, kw_only=True)
class Logged(Report):
    """An entry of PagerDuty's log of the incident that no webhook had brought. It says what happened and moves
    nothing: how the incident stands is read beside it.

    https://developer.pagerduty.com/api-reference, listIncidentLogEntries
    """

    kind: ClassVar[str] = "incident.logged"
    entry_id: str
    entry_type: str  # PagerDuty's word without "_log_entry": "acknowledge", "notify" …
    summary: str
    note: str | None = None

    def text(self) -> str:
        said = " ".join(self.summary.split()) or self.entry_type
        return f"PagerDuty's log: {said}" + (f" {self.note}" if self.note else "")

    def move(self, incident: Incident) -> Incident:
        """The echo of our own note is no longer waited for."""
        known = self.introduced(incident)
        awaited = tuple(note for note in known.expected_notes if note != self.note)
        return known if awaited == known.expected_notes else replace(known, expected_notes=awaited)


@dataclass(frozen=True, kw_only=True)
class GapFound(Event):
    """PagerDuty knew `entries` things of this time that nobody had told us; they stand beside this, as it told them."""

    kind: ClassVar[str] = "ledger.gap_found"
    since: datetime
    until: datetime
    entries: int

    def text(self) -> str:
        things = "one thing that happened" if self.entries == 1 else f"{self.entries} things that happened"
        return f"Muster had not heard of {things} {_span(self.since, self.until)} and read it in PagerDuty's log"


@dataclass(frozen=True, kw_only=True)
class CaughtUp(Event):
    """The room was told in one line what had come late, up to the `up_to`-th entry of the timeline."""

    kind: ClassVar[str] = "room.caught_up"
    updates: int
    up_to: int

    def text(self) -> str:
        return f"Told the room of {self.updates} late update{'' if self.updates == 1 else 's'} at once"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, caught_up_to=max(self.up_to, incident.caught_up_to))


def _span(since: datetime, until: datetime) -> str:
    first, last = f"{since:%Y-%m-%d %H:%M}", f"{until:%Y-%m-%d %H:%M}"
    return f"at {first} UTC" if first == last else f"between {first} and {last} UTC"
