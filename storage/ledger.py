"""The ledger: facts are recorded, never edited. There is no function here that changes or deletes an entry."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import sqlalchemy as sa
from pydantic_core import to_jsonable_python

from bot.domain import checkpoint
from bot.domain.approval import Approval
from bot.domain.chain import GENESIS, canonical, content_hash, entry_hash, new_salt
from bot.domain.events.approvals import ApprovalEvent
from bot.domain.events.event import Entry, Event, ServiceEvent
from bot.domain.incident import Incident, Subject
from bot.domain.job import Job
from bot.domain.people import Actor
from bot.domain.record import is_late
from bot.domain.redacted import REDACTED, hashed, without
from storage import incidents
from storage.approvals import Approvals
from storage.connected import instant, stamp, storable
from storage.incidents import STATE, incident_from
from storage.parts import Parts
from storage.proof import CHAIN, LINKS
from storage.schema import chains, contents, in_both, timeline
from storage.storms import Storms


class Reactions(Protocol):
    """What follows from what happened; pure. `before` is None when the event introduces the incident."""

    def to(
        self, before: Incident | None, event: Event, after: Incident, *, learnt_at: datetime | None = None
    ) -> Sequence[Job]: ...
    def to_service(self, event: ServiceEvent) -> Sequence[Job]: ...


@dataclass(frozen=True)
class Head:
    """Where a chain ends; held under a lock until the commit, so that it cannot fork."""

    stream: str
    size: int
    hash: str


class Ledger(Storms, Parts, Approvals):
    def __init__(self, connection: sa.Connection, reactions: Reactions, unsealed: Iterator[int] | None = None) -> None:
        """`unsealed` counts what this process records, over all its transactions."""
        super().__init__(connection)
        self._reactions = reactions
        self._unsealed = unsealed or count(1)

    def record(self, event: Event) -> Incident:
        """The only write to an incident: the entry, the state it leads to, and the jobs that follow from it.

        The same key again changes nothing. The first news of an incident, whatever its kind, introduces it.
        """
        known, before, head = self._in_hand(event)
        if self._is_recorded(event.key):
            return before
        event = _told_again(event, before)
        after = before.after(event) if known else _named(before.after(event), event.subject)
        self._append(head, event)
        self._keep(after, before)
        for job in self._reactions.to(before if known else None, event, after, learnt_at=datetime.now(UTC)):
            self.put(job)
        return after

    def record_for_service(self, event: ServiceEvent) -> None:
        """Like `record`, on a timeline ("service:P…") of no incident. Of all that stands there only approvals have a
        state to move."""
        head = self._service_in_hand(event.stream)
        if self._is_recorded(event.key):
            return
        self._append(head, event)
        if isinstance(event, ApprovalEvent):
            self._move_approval(event)
        for job in self._reactions.to_service(event):
            self.put(job)

    def approval_in_hand(self, id: str) -> Approval | None:  # noqa: A002
        """As it stands now, kept from every other writer until the commit."""
        found = self.approval(id)
        if found is not None:
            self._service_in_hand(f"source:{found.source}")
        return self.approval(id) if found else None

    def _service_in_hand(self, stream: str) -> Head:
        self._do(BEGIN_CHAIN[self._dialect], stream=stream, size=0, head=GENESIS)
        head = self._first(LOCK_CHAIN, stream=stream)
        return Head(stream, head.size, head.head) if head else Head(stream, 0, GENESIS)

    def timeline(
        self, stream: str, *, after: int = 0, limit: int | None = None, since: datetime | None = None
    ) -> list[Entry]:
        """The entries of "INC-42" or "service:P…" after the `after`-th, oldest first; of what happened `since`."""
        page = LINKS.where(timeline.c.seq > after).limit(limit)
        if since is not None:
            page = page.where(timeline.c.at >= stamp(since))
        return [_entry(row) for row in self._all(page, stream=stream)]

    def place_of(self, key: str) -> tuple[str, int] | None:
        """The timeline, and the place on it, of what was recorded under this key."""
        row = self._first(PLACE, key=key)
        return None if row is None else (row.stream, row.seq)

    def entries(self, stream: str) -> int:
        chain = self._first(CHAIN, stream=stream)
        return 0 if chain is None else int(chain.size)

    def streams(self) -> Iterator[str]:
        return iter(self._connection.scalars(STREAMS).all())

    def _in_hand(self, event: Event) -> tuple[bool, Incident, Head]:
        """Whether the incident was known, the incident and its chain's head, both locked."""
        number = self._number_named(event.subject)
        if number is None or event.names:
            self.take_several()
            number = self._number_of(event.subject)  # someone may have introduced it while we waited
            number = self._number_recorded(event.key) if number is None else number
        if number is None:
            return self._introduced(event)
        row = self._first(incidents.IN_HAND, value=number)
        if row is None:
            raise LookupError(f"There is no incident INC-{number}")
        incident = incident_from(row.state)
        return True, incident, Head(incident.name, row.size, row.head)

    def _introduced(self, event: Event) -> tuple[bool, Incident, Head]:
        """What we hear of late did not begin now, however many come at once."""
        now = datetime.now(UTC)
        incident = Incident(number=1 + (self._connection.scalar(incidents.NEWEST_NUMBER) or 0))
        self._do(BEGIN_CHAIN[self._dialect], stream=incident.name, size=0, head=GENESIS)
        self._do(
            incidents.INTRODUCE, number=incident.number, stream=incident.name, status=incident.status.value,
            state=STATE.dump_json(incident).decode(), introduced_at=stamp(event.at if is_late(event, now) else now),
        )  # fmt: skip
        return False, incident, Head(incident.name, 0, GENESIS)

    def _number_recorded(self, key: str) -> int | None:
        """The incident an event that names none was recorded for, when it is heard again."""
        number: int | None = self._connection.scalar(incidents.NUMBER_BY_EVENT, {"key": key})
        return number

    def _is_recorded(self, key: str) -> bool:
        return self._first(RECORDED, key=key) is not None

    def _append(self, head: Head, event: Event | ServiceEvent) -> None:
        text, details, salt = storable(event.text()), canonical(to_jsonable_python(event.details())), new_salt()
        entry: dict[str, Any] = {
            "stream": head.stream, "seq": head.size + 1, "at": stamp(event.at), "recorded_at": stamp(datetime.now(UTC)),
            "kind": event.kind, "actor": canonical(asdict(event.by)), "origin": event.origin, "key": event.key,
            "content_hash": content_hash(salt, text, details),
        }  # fmt: skip
        entry["hash"] = entry_hash(head.hash, **entry)
        self._do(APPEND, **entry)
        self._do(SAY, stream=entry["stream"], seq=entry["seq"], salt=salt, text=text, details=details)
        self._do(MOVE_HEAD, at_stream=entry["stream"], size=entry["seq"], head=entry["hash"])
        if next(self._unsealed) % checkpoint.EVERY == 0:
            self.put(checkpoint.WANTED)


def _told_again(event: Event, incident: Incident) -> Event:
    """Without what was redacted, which PagerDuty and sources know nothing of."""
    is_theirs = incident.redacted and event.origin.startswith(("pagerduty.", "in."))
    return without(event, hashed(incident.redacted)) if is_theirs else event


def _named(incident: Incident, subject: Subject) -> Incident:
    """With the names its first news knew it by, whatever that news was about."""
    return replace(
        incident, pagerduty_id=incident.pagerduty_id or subject.pagerduty_id,
        incident_key=incident.incident_key or subject.incident_key,
    )  # fmt: skip


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(
        stream=row.stream, seq=row.seq, at=instant(row.at), recorded_at=instant(row.recorded_at), kind=row.kind,
        actor=Actor(**json.loads(row.actor)), origin=row.origin, key=row.key,
        text=REDACTED if row.text is None else row.text, details=json.loads(row.details or "{}"), hash=row.hash,
        content_hash=row.content_hash, salt=row.salt,
    )  # fmt: skip


PLACE = sa.select(timeline.c.stream, timeline.c.seq).where(timeline.c.key == sa.bindparam("key"))
RECORDED = sa.select(sa.literal(1)).where(timeline.c.key == sa.bindparam("key"))
BEGIN_CHAIN = in_both(lambda insert: insert(chains).on_conflict_do_nothing())
LOCK_CHAIN = CHAIN.with_for_update()
APPEND = timeline.insert()
SAY = contents.insert()
MOVE_HEAD = (
    chains.update()
    .where(chains.c.stream == sa.bindparam("at_stream"))
    .values(size=sa.bindparam("size"), head=sa.bindparam("head"))
)
STREAMS = sa.select(chains.c.stream).order_by(chains.c.stream)
