"""PagerDuty's own record of its incidents, beside what it had told us of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.events.event import Entry, Event
from bot.domain.incident import Incident, Reference
from bot.domain.people import Actor

LATE = timedelta(minutes=5)  # between what happened and our hearing of it: such news is no longer live
EARLIEST, LATEST = timedelta(seconds=-1), timedelta(seconds=2)  # a log has whole seconds, and is written first
BEGINNING, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)  # no news is older, or of later than this

TOLD_AS: Mapping[str, frozenset[str]] = {
    "trigger": frozenset({"incident.triggered", "incident.reopened", "incident.created"}),
    "acknowledge": frozenset({"incident.acknowledged"}),
    "unacknowledge": frozenset({"incident.unacknowledged"}),
    "resolve": frozenset({"incident.resolved"}),
    "escalate": frozenset({"incident.escalated"}),
    "delegate": frozenset({"incident.delegated"}),
    "annotate": frozenset({"incident.annotated"}),
    "custom_field_value_change": frozenset({"incident.custom_field_values.updated"}),
    "status_update": frozenset({"incident.status_update_published"}),
    "responder_request": frozenset({"incident.responder.added"}),
    "responder_request_reply": frozenset({"incident.responder.replied"}),
    "assign": frozenset({
        "incident.reassigned", "incident.triggered", "incident.reopened", "incident.created", "incident.escalated",
        "incident.delegated",
    }),
    "field_value_change": frozenset({
        "incident.priority_updated", "incident.service_updated", "incident.incident_type.changed",
        "incident.conference_bridge.updated",
    }),
}  # fmt: skip
"""Type of log entry → the webhooks that tell the same fact. Other types have none: notifications, snoozes, titles …"""

MISSED = TOLD_AS.keys() - {"assign", "field_value_change"}
"""Types whose webhook was missed when nothing told them; of the others only some are ever told."""


@dataclass(frozen=True)
class LogEntry:
    """`at` in whole seconds, as PagerDuty writes it; `type` without "_log_entry"."""

    id: str
    type: str
    at: datetime
    by: Actor
    incident: Reference
    summary: str = ""
    note: str | None = None

    @property
    def key(self) -> str:
        return f"pagerduty-log:{self.id}"

    @property
    def is_missed(self) -> bool:
        """Whether a webhook should have told it, so that one was missed when none did."""
        return self.type in MISSED


def untold(log: Iterable[LogEntry], timeline: Sequence[Entry]) -> list[LogEntry]:
    """Those that no entry of the timeline tells: not under their own key, nor as the same fact, which is the same
    kind of thing at the same second by the same agent. One telling answers for one log entry of each type."""
    known = {entry.key for entry in timeline}
    told: set[tuple[str, str]] = set()
    left = []
    for line in sorted(log, key=lambda line: line.at):
        found = None if line.key in known else _telling(line, timeline, told)
        if found:
            told.add((line.type, found.key))
        elif line.key not in known:
            left.append(line)
    return left


def _telling(line: LogEntry, timeline: Sequence[Entry], told: set[tuple[str, str]]) -> Entry | None:
    """The nearest telling that answers for nothing else of this type."""
    kinds = TOLD_AS.get(line.type, frozenset())
    fitting = [
        entry for entry in timeline
        if entry.kind in kinds and EARLIEST <= entry.at - line.at <= LATEST
        and (line.type, entry.key) not in told and _is_same(line.by, entry.actor)
    ]  # fmt: skip
    return min(fitting, key=lambda entry: abs(entry.at - line.at), default=None)


def _is_same(one: Actor, other: Actor) -> bool:
    """Where no person acted, log and webhook name automations in different words."""
    return one.id == other.id or (one.kind != "responder" and other.kind != "responder")


def is_plausible(at: datetime, learnt_at: datetime) -> bool:
    """Whether something of which we learn now can have happened then: a clock may be wrong, but not by years."""
    return BEGINNING <= at <= learnt_at + AHEAD


def is_late(event: Event, learnt_at: datetime | None) -> bool:
    """Whether this is news from PagerDuty that is no longer live when we hear it."""
    if event.origin == "pagerduty.log":
        return True
    return learnt_at is not None and event.origin.startswith("pagerduty.") and learnt_at - event.at > LATE


def late_news(timeline: Sequence[Entry], *, after: int) -> list[Entry]:
    """What PagerDuty should have told us earlier, beyond the `after`-th entry and each fact once, oldest first."""
    logged = [entry for entry in timeline if entry.kind == "incident.logged" and _entry_type(entry) in MISSED]
    late = [entry for entry in timeline if entry.origin == "pagerduty.webhook" and _came_late(entry)]
    fresh = [entry for entry in late if not any(_is_told_by_log(entry, line) for line in logged)]
    return sorted((entry for entry in (*fresh, *logged) if entry.seq > after), key=lambda entry: entry.at)


def _entry_type(entry: Entry) -> str:
    return str(entry.details.get("entry_type"))


def _came_late(entry: Entry) -> bool:
    return entry.recorded_at - entry.at > LATE


def _is_told_by_log(entry: Entry, line: Entry) -> bool:
    is_its_kind = entry.kind in TOLD_AS.get(_entry_type(line), frozenset())
    return is_its_kind and EARLIEST <= entry.at - line.at <= LATEST and _is_same(line.actor, entry.actor)


def differs(one: Incident, other: Incident) -> bool:
    """Whether people would see a difference: names and addresses of things may be written in two ways."""
    return _essence(one) != _essence(other)


def _essence(incident: Incident) -> tuple[object, ...]:
    things = (incident.service, incident.escalation_policy, incident.priority, incident.merged_into)
    groups = (incident.teams, incident.assignees)
    return (
        incident.status, incident.title, incident.urgency, incident.incident_type, incident.bridge,
        *(thing and thing.id for thing in things), *(frozenset(each.id for each in group) for group in groups),
    )  # fmt: skip
