"""What was received, byte for byte, before anyone asked what it means."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.connected import READING, SEVERAL, Connected, instant, stamp, storable
from storage.schema import in_both, inbox

MOST_DIGITS = 18  # of an id


@dataclass(frozen=True)
class NewDelivery:
    """One received request. `key` is the sender's signed id, unique per `source`; `subject` what it is about."""

    source: str
    key: str
    subject: str | None
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Delivery(NewDelivery):
    """`state`: "kept" until read, then "read", or "not understood" with a complaint."""

    id: int
    state: str
    complaint: str | None


class Inbox(Connected):
    def keep(self, delivery: NewDelivery) -> bool:
        """False: this delivery came before, however long ago, and nothing was kept."""
        return self._first(KEEP[self._dialect], **_row(delivery)) is not None

    def keep_all(self, deliveries: Sequence[NewDelivery]) -> None:
        """As `keep`, to be read in this order.

        Two replicas that are sent the same at once add it in one order, whatever order it came in: else they would wait
        for each other until Postgres looks for deadlocks, and by then nobody waits for either."""
        rows = [_row(delivery) for delivery in deliveries]
        if self._dialect == "postgresql" and len(rows) > 1:
            ids = sorted(row.id for row in self._all(IDS, many=len(rows)))
            rows = [{**row, "id": its_own} for row, its_own in zip(rows, ids, strict=True)]
            rows.sort(key=lambda row: (row["source"], row["key"]))
        if rows:
            self._connection.execute(KEEP_ALL[self._dialect], rows)

    def unread(self, limit: int) -> list[Delivery]:
        """What was kept and not read, oldest first. Empty while another replica reads: order would be lost.

        Whoever reads takes several incidents, in the order in which they were told of."""
        if not self._is_first(READING, then=SEVERAL):
            return []
        return [_delivery(row) for row in self._all(UNREAD, most=limit)]

    def is_reading(self) -> bool:
        """Whether something was kept and not read yet."""
        return self._first(KEPT_ONE) is not None

    def mark_read(self, id: int) -> None:  # noqa: A002
        self._do(MOVE, at_id=id, state="read", complaint=None)

    def complain(self, id: int, complaint: str) -> None:  # noqa: A002
        """It could not be understood; it stays until `unread_again`."""
        self._do(MOVE, at_id=id, state="not understood", complaint=storable(complaint))

    def unread_again(self, id: int) -> None:  # noqa: A002
        self._do(MOVE, at_id=id, state="kept", complaint=None)

    def delivery(self, key_or_id: str) -> Delivery | None:
        row = self._first(BY_KEY, key=key_or_id)
        if row is None and key_or_id.isdecimal() and len(key_or_id) <= MOST_DIGITS:
            row = self._first(BY_ID, id=int(key_or_id))
        return None if row is None else _delivery(row)

    def delivery_with_id(self, id: int) -> Delivery | None:  # noqa: A002
        row = self._first(BY_ID, id=id)
        return None if row is None else _delivery(row)

    def not_understood(self) -> list[Delivery]:
        return [_delivery(row) for row in self._all(NOT_UNDERSTOOD)]

    def deliveries_of(self, source: str, limit: int) -> list[Delivery]:
        """The newest first, understood or not; not for PagerDuty's own, which are many."""
        return [_delivery(row) for row in self._all(NEWEST, source=source, most=limit)]

    def not_understood_of(self, source: str) -> list[Delivery]:
        return [_delivery(row) for row in self._all(NOT_UNDERSTOOD_OF, source=source)]

    def tally(self, source: str) -> tuple[int, datetime | None]:
        """How many deliveries a source has sent, and when the last of them came."""
        row = self._first(TALLY, source=source)
        return (0, None) if row is None or row.last is None else (row.many, instant(row.last))


def _row(delivery: NewDelivery) -> dict[str, Any]:
    return {
        "source": delivery.source, "key": storable(delivery.key),
        "subject": delivery.subject and storable(delivery.subject), "headers": json.dumps(dict(delivery.headers)),
        "body": delivery.body, "received_at": stamp(delivery.received_at), "state": "kept", "complaint": None,
    }  # fmt: skip


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        source=row.source, key=row.key, subject=row.subject, headers=json.loads(row.headers), body=row.body,
        received_at=instant(row.received_at), id=row.id, state=row.state, complaint=row.complaint,
    )  # fmt: skip


# RETURNING tells whether a row was written; an INSERT's rowcount is -1 on psycopg.
KEEP = in_both(lambda insert: insert(inbox).on_conflict_do_nothing().returning(inbox.c.id))
KEEP_ALL = in_both(lambda insert: insert(inbox).on_conflict_do_nothing())
UNREAD = inbox.select().where(sa.text("state = 'kept'")).order_by(inbox.c.id).limit(sa.bindparam("most"))
KEPT_ONE = sa.select(inbox.c.id).where(sa.text("state = 'kept'")).limit(1)
IDS = sa.text("SELECT nextval('inbox_id_seq') AS id FROM generate_series(1, :many)")
NOT_UNDERSTOOD = inbox.select().where(sa.text("state = 'not understood'")).order_by(inbox.c.id)
_of_system = (inbox.c.source == sa.bindparam("source"), sa.text("source <> 'pagerduty'"))
_their_own = inbox.c.key.not_like("%:auto_resolve:%")  # what Muster says itself of their silence
NEWEST = inbox.select().where(*_of_system, _their_own).order_by(inbox.c.id.desc()).limit(sa.bindparam("most"))
NOT_UNDERSTOOD_OF = NOT_UNDERSTOOD.where(*_of_system)
TALLY = sa.select(sa.func.count().label("many"), sa.func.max(inbox.c.received_at).label("last")).where(
    *_of_system, _their_own
)
BY_KEY = inbox.select().where(inbox.c.key == sa.bindparam("key")).order_by(inbox.c.id.desc()).limit(1)
BY_ID = inbox.select().where(inbox.c.id == sa.bindparam("id"))
MOVE = (
    inbox.update()
    .where(inbox.c.id == sa.bindparam("at_id"))
    .values(state=sa.bindparam("state"), complaint=sa.bindparam("complaint"))
)
