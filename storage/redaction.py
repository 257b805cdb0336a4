"""Words taken away wherever the database keeps them. Their proof stays, and an entry that says who did it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.domain.chain import canonical
from bot.domain.events import Entry
from bot.domain.events.redactions import EntryRedacted
from bot.domain.incident import Incident
from storage.ledger import REDACTED, Ledger
from storage.schema import changes, contents, inbox, incidents, jobs

SAID_IN = ("note", "summary", "content", "message", "resolution", "description", "title")
"""The details that hold what somebody wrote."""
HOLDS_WORDS = frozenset({*SAID_IN, "text", "description", "reason", "expected_notes", "last_change"})
SHORTEST = 6
"""Characters; what is shorter would be found in places where it means something else."""


class Kept(NamedTuple):
    """Rows that may hold the words, by what they are `about`, as (id, JSON); and how one is written anew."""

    found: sa.Executable
    rewrite: sa.Update


class Redaction(Ledger):
    def redact(self, entry: Entry, redaction: EntryRedacted) -> tuple[Incident, list[int]]:
        """Takes away text and details of an entry, and the same words from jobs, deliveries and what we know of the
        incident. Returns it, and the places of other entries that hold them still."""
        incident = self.record(redaction)
        self._do(TAKE_AWAY, at_stream=entry.stream, at_seq=entry.seq)
        words = words_of(entry.details)
        self._forget(words, incident, str(entry.details.get("change_id", "")))
        return incident, self._holding(entry.stream, words)

    def entry(self, stream: str, seq: int) -> Entry | None:
        return next((one for one in self.timeline(stream, after=seq - 1, limit=1) if one.seq == seq), None)

    def _forget(self, words: Sequence[str], incident: Incident, change_id: str) -> None:
        self._rewrite(STATE, incident.number, words)
        self._rewrite(JOBS, incident.number, words)
        self._rewrite(CHANGES, change_id, words)
        if incident.pagerduty_id:
            self._rewrite(DELIVERIES, incident.pagerduty_id, words)

    def _rewrite(self, kept: Kept, about: Any, words: Sequence[str]) -> None:
        """Wherever people's words stand in what is kept as JSON; what is none, a delivery nobody understood, stays."""
        found: Sequence[Any] = self._all(kept.found, about=about)
        for at_id, text in found:
            told = _parsed(text)
            if told != (without := _without(told, words)):
                written = canonical(without)
                self._do(kept.rewrite, at_id=at_id, text=written.encode() if isinstance(text, bytes) else written)

    def _holding(self, stream: str, words: Sequence[str]) -> list[int]:
        """The entries of the timeline in whose text one of these words stands."""
        rows = self._all(TEXTS, stream=stream) if words else []
        return [row.seq for row in rows if any(word in row.text for word in words)]


def words_of(details: Mapping[str, Any]) -> list[str]:
    said = (details.get(name) for name in SAID_IN)
    return [word for word in said if isinstance(word, str) and len(word) >= SHORTEST]


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _without(told: Any, words: Sequence[str], *, is_said: bool = False) -> Any:
    """The same, with the words blanked under the names that hold what people said; ids and states are left alone."""
    if isinstance(told, dict):
        return {name: _without(value, words, is_said=name in HOLDS_WORDS) for name, value in told.items()}
    if isinstance(told, list):
        return [_without(one, words, is_said=is_said) for one in told]
    if not (is_said and isinstance(told, str)):
        return told
    for word in words:
        told = told.replace(word, REDACTED)
    return told


def _kept(key: sa.Column[Any], text: sa.Column[Any], about: sa.Column[Any]) -> Kept:
    found = sa.select(key, text).where(about == sa.bindparam("about"))
    return Kept(found, key.table.update().where(key == sa.bindparam("at_id")).values({text.name: sa.bindparam("text")}))


STATE = _kept(incidents.c.number, incidents.c.state, incidents.c.number)
JOBS = _kept(jobs.c.id, jobs.c.arguments, jobs.c.incident)
CHANGES = _kept(changes.c.id, changes.c.state, changes.c.id)
DELIVERIES = _kept(inbox.c.id, inbox.c.body, inbox.c.subject)
TAKE_AWAY = (
    contents.update()
    .where(contents.c.stream == sa.bindparam("at_stream"), contents.c.seq == sa.bindparam("at_seq"))
    .values(salt=None, text=None, details=None)
)
TEXTS = sa.select(contents.c.seq, contents.c.text).where(
    contents.c.stream == sa.bindparam("stream"), contents.c.text.is_not(None)
)
