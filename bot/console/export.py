"""A timeline for people and programs elsewhere: text, JSON, CSV, Markdown."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.digest import Line, digest
from bot.domain.events import Entry
from bot.domain.incident import Incident, Reference

Subject = Incident | Reference
"""Whose timeline it is: an incident's, a service's, or a source's."""
SOURCE = "source:"
Format = Callable[[Subject, Sequence[Entry]], str]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""How a formula begins: https://owasp.org/www-community/attacks/CSV_Injection"""


WIDEST = 7  # characters of numbers in front of a line; the rare line with more stands out of its column


def instant(at: datetime) -> str:
    """RFC 3339, UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def as_text(subject: Subject, entries: Sequence[Entry]) -> str:
    """For people: what PagerDuty says back, and what furnishes a room, is folded; the numbers in front tell of what."""
    status = f"  ({subject.status})" if isinstance(subject, Incident) else ""
    head = f"{name_of(subject)}  {_one_line(_title(subject))}{status}"
    told = digest(entries)
    width = min(WIDEST, max((len(line.seqs) for line in told), default=0))
    lines = (
        f"{line.seqs:>{width}}  {_instant(line)}  {_one_line(line.first.actor.name):<18.18}  {_one_line(line.text)}"
        for line in told
    )
    return "\n".join([head, *lines]) + "\n"


def as_json(subject: Subject, entries: Sequence[Entry], proof: Mapping[str, Any] | None = None) -> str:
    """The shape other programs rely on: {"incident": {…}, "entries": [{…}]}, or "service" in the incident's place.

    `proof`: the newest checkpoint and the way from this timeline to it; None: there is none yet.
    """
    head = {"incident": _incident(subject)} if isinstance(subject, Incident) else {_kind(subject): _service(subject)}
    whole = {**head, "entries": [_entry(entry) for entry in entries], "proof": proof}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def as_csv(subject: Subject, entries: Sequence[Entry]) -> str:
    """One row an entry; a cell that a spreadsheet would take for a formula is quoted with an apostrophe."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["incident", "seq", "at", "recorded_at", "kind", "actor_kind", "actor_id", "actor", "text", "hash"])
    for one in entries:
        cells = (
            name_of(subject), str(one.seq), instant(one.at), instant(one.recorded_at), one.kind, one.actor.kind,
            one.actor.id, one.actor.name, one.text, one.hash,
        )  # fmt: skip
        rows.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def as_markdown(subject: Subject, entries: Sequence[Entry]) -> str:
    """For people, folded like the text."""
    status = [f"Status: {subject.status}", ""] if isinstance(subject, Incident) else []
    head = [f"# {name_of(subject)}: {_escaped(_title(subject))}", "", *status]
    table = ["| # | at (UTC) | who | what |", "|---|---|---|---|"]
    rows = [
        f"| {line.seqs} | {_instant(line)} | {_escaped(line.first.actor.name)} | {_escaped(line.text)} |"
        for line in digest(entries)
    ]
    return "\n".join([*head, *table, *rows]) + "\n"


FORMATS: Mapping[str, Format] = {"text": as_text, "json": as_json, "csv": as_csv, "markdown": as_markdown}


def name_of(subject: Subject) -> str:
    """The name of its timeline: "INC-42", "service:P…", "source:NAME" for a reference whose id says so."""
    if isinstance(subject, Incident):
        return subject.name
    return subject.id if subject.id.startswith(SOURCE) else f"service:{subject.id}"


def _title(subject: Subject) -> str:
    return subject.title if isinstance(subject, Incident) else subject.summary


def _kind(subject: Reference) -> str:
    return "source" if subject.id.startswith(SOURCE) else "service"


def _service(service: Reference) -> dict[str, Any]:
    name = name_of(service)
    return {"id": service.id, "name": name, "summary": service.summary, "html_url": service.html_url}


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "name": incident.name,
        "pagerduty_id": incident.pagerduty_id,
        "title": incident.title,
        "status": incident.status.value,
        "urgency": incident.urgency,
        "priority": incident.priority.summary if incident.priority else None,
        "service": incident.service.summary if incident.service else None,
        "html_url": incident.html_url,
        "created_at": instant(incident.created_at) if incident.created_at else None,
        "resolved_at": instant(incident.resolved.at) if incident.resolved else None,
        "channel": incident.room.channel if incident.room else None,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    actor = {"kind": entry.actor.kind, "id": entry.actor.id, "name": entry.actor.name}
    return {
        "seq": entry.seq, "at": instant(entry.at), "recorded_at": instant(entry.recorded_at), "kind": entry.kind,
        "actor": actor, "origin": entry.origin, "text": entry.text, "details": dict(entry.details), "hash": entry.hash,
        "key": entry.key, "content_hash": entry.content_hash, "salt": entry.salt,
    }  # fmt: skip


def _instant(line: Line) -> str:
    return f"{line.first.at:%Y-%m-%d %H:%M:%S}"


def _one_line(text: str) -> str:
    return " ".join(part for part in "".join(c if c.isprintable() else " " for c in text).split(" ") if part)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _escaped(text: str) -> str:
    """Foreign text inside a Markdown table: no markup, no cell border, no line break."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>()#+!|~" else char for char in _one_line(text))
