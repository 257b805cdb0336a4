"""The webhook subscriptions that Muster made, and the secrets their deliveries are signed with, sealed."""

import json
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from storage.connected import Connected, instant
from storage.schema import in_both, inbox, subscriptions

LATEST = 200  # deliveries that are looked through


@dataclass(frozen=True)
class OwnSubscription:
    """`covers`: "account", "service P…" or "team P…"."""

    id: str
    sealed: str = field(repr=False)
    covers: str


class Subscriptions(Connected):
    def keep_subscription(self, id: str, sealed: str, covers: str) -> None:  # noqa: A002
        """`sealed`: never in clear."""
        self._do(KEEP[self._dialect], id=id, sealed=sealed, covers=covers)

    def own_subscriptions(self) -> list[OwnSubscription]:
        return [OwnSubscription(row.id, row.sealed, row.covers) for row in self._all(ALL)]

    def forget_subscription(self, id: str) -> None:  # noqa: A002
        self._do(FORGET, id=id)

    def has_delivered(self, id: str, since: datetime) -> bool:  # noqa: A002
        """Whether anything of this subscription is among the latest that were believed and kept since then."""
        rows = (row for row in self._all(DELIVERED, most=LATEST) if instant(row.received_at) >= since)
        return any(json.loads(row.headers).get("X-Webhook-Subscription") == id for row in rows)


KEEP = in_both(lambda insert: insert(subscriptions).on_conflict_do_nothing())
ALL = subscriptions.select().order_by(subscriptions.c.id)
FORGET = subscriptions.delete().where(subscriptions.c.id == sa.bindparam("id"))
DELIVERED = (
    sa.select(inbox.c.headers, inbox.c.received_at)
    .where(inbox.c.source == "pagerduty")
    .order_by(inbox.c.id.desc())
    .limit(sa.bindparam("most"))
)
