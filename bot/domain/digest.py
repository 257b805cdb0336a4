"""A timeline as people read it: what PagerDuty says back stands in the line it confirms, a room's furnishing in one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.events.changes import ChangeLogged, ChangeSent, ServiceChangeLogged, ServiceChangeSent
from bot.domain.events.event import Entry
from bot.domain.events.news import Acknowledged, Reopened, Resolved
from bot.domain.events.reports import Annotated
from bot.domain.events.requests import NoteSent, NoteWritten
from bot.domain.events.rooms import RoomFurnished

SAME = timedelta(seconds=2)  # PagerDuty's answer has whole seconds, its webhook has not
GATHERED = timedelta(minutes=2)  # what a room gets later than that was mended, and is told by itself
ASKED = frozenset({Acknowledged.kind, Resolved.kind, Reopened.kind})
BOTH_WAYS = frozenset({"pagerduty.rest", "pagerduty.webhook"})
LOGGED, SENT = {ChangeLogged.kind, ServiceChangeLogged.kind}, {ChangeSent.kind, ServiceChangeSent.kind}
KEPT = 9  # earlier lines about the same matter that something may still confirm
FURNISHED = ("furnished",)

Matter = tuple[str, ...]
"""What entries that belong together have in common."""


@dataclass(frozen=True)
class Line:
    """One entry, or several that say one thing; the first of them gives the time and the actor."""

    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        return self.entries[0]

    @property
    def seqs(self) -> str:
        """The numbers of its entries: "12", "3–8, 11"."""
        runs: list[list[int]] = []
        for seq in sorted(entry.seq for entry in self.entries):
            if runs and runs[-1][-1] == seq - 1:
                runs[-1].append(seq)
            else:
                runs.append([seq])
        return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)

    @property
    def text(self) -> str:
        if len(self.entries) == 1:
            return self.first.text
        if self.first.kind == RoomFurnished.kind:
            return f"War room: {', '.join(str(entry.details['part']) for entry in self.entries)} in place"
        return f"{self.first.text} · confirmed by PagerDuty"


def digest(entries: Sequence[Entry]) -> list[Line]:
    """Every entry in exactly one line, the lines in the order of their first. What was redacted stands alone."""
    contents = {str(one.details["note_id"]): one for one in entries if one.kind == Annotated.kind and _is_whole(one)}
    lines: list[list[Entry]] = []
    about: defaultdict[Matter, list[list[Entry]]] = defaultdict(list)
    for entry in entries:
        matter = _matter(entry, contents) if _is_whole(entry) else None
        line = next((line for line in about[matter] if _belongs(entry, line)), None) if matter else None
        if line is not None:
            line.append(entry)
        else:
            lines.append([entry])
            if matter:
                about[matter] = [*about[matter][-KEPT:], lines[-1]]
    return [Line(tuple(line)) for line in lines]


def _is_whole(entry: Entry) -> bool:
    return not entry.is_redacted


def _matter(entry: Entry, contents: Mapping[str, Entry]) -> Matter | None:
    """`contents`: PagerDuty's word of each note, by the note's id."""
    told = entry.details
    if entry.kind == RoomFurnished.kind:
        return FURNISHED
    if entry.kind in LOGGED | SENT:
        return ("change", str(told["change_id"]))
    if entry.kind in ASKED and entry.origin in BOTH_WAYS:
        return (entry.kind, entry.actor.name.casefold())
    note = contents.get(str(told["note_id"])) if entry.kind == NoteSent.kind else entry
    if note and note.kind in (NoteWritten.kind, Annotated.kind):
        return ("note", entry.actor.name.casefold(), str(note.details.get("note") or note.details.get("content")))
    return None


def _belongs(entry: Entry, line: Sequence[Entry]) -> bool:
    """To a line about the same matter, which has nothing of its kind and way yet."""
    first = line[0]
    if entry.kind == RoomFurnished.kind:
        return entry.at - first.at <= GATHERED
    if entry.kind in ASKED:
        return len(line) == 1 and first.origin != entry.origin and abs(entry.at - first.at) <= SAME
    begins = first.kind in LOGGED | {NoteWritten.kind}
    return begins and entry.kind not in {one.kind for one in line}
