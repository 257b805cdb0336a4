"""The tables. migrations/ makes exactly these, and the triggers that keep the timeline append-only.

Instants are text where they are proved or shown (RFC 3339 UTC with microseconds, so that both databases keep and sort
them exactly) and seconds since the epoch where they are only waited for (jobs).
"""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up only in an INTEGER PRIMARY KEY
UNSETTLED = sa.text("settled_at IS NULL")
ONCE = sa.text("NOT collapses")
RUNNING = sa.text("state = 'running'")
DEAD = sa.text("state = 'dead'")
COLLAPSING = sa.text("collapses AND state = 'waiting'")
KEPT = sa.text("state = 'kept'")
SYSTEMS = sa.text("source <> 'pagerduty'")
LONELY = sa.text("status <> 'resolved' AND incident IS NULL")


def some(index: sa.TextClause) -> Mapping[str, Any]:
    """The arguments that make an index cover only some rows."""
    return {"sqlite_where": index, "postgresql_where": index}


chains = sa.Table(
    "chains", metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
)  # fmt: skip

timeline = sa.Table(
    "timeline", metadata,
    sa.Column("stream", sa.Text, sa.ForeignKey("chains.stream"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),  # one entry per place: a chain cannot fork
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)  # fmt: skip

contents = sa.Table(
    "contents", metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.Text),
    sa.Column("text", sa.Text),
    sa.Column("details", sa.Text),
    sa.ForeignKeyConstraint(["stream", "seq"], ["timeline.stream", "timeline.seq"]),
)  # fmt: skip

checkpoints = sa.Table(
    "checkpoints", metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),  # all of it, as in the anchor file
)  # fmt: skip

sealed = sa.Table(  # where each timeline ended at the last checkpoint
    "sealed", metadata,
    sa.Column("stream", sa.Text, sa.ForeignKey("chains.stream"), primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
)  # fmt: skip

anchored = sa.Table(
    "anchored", metadata,
    sa.Column("anchor", sa.Text, primary_key=True),  # file · slack · pagerduty · syslog
    sa.Column("checkpoint", sa.Integer, sa.ForeignKey("checkpoints.number"), primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
)  # fmt: skip

incidents = sa.Table(
    "incidents", metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, sa.ForeignKey("chains.stream"), nullable=False, unique=True),
    sa.Column("pagerduty_id", sa.Text, unique=True),
    sa.Column("incident_key", sa.Text, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("service_id", sa.Text),
    sa.Column("service_name", sa.Text),  # case-folded
    sa.Column("archive_after", sa.Text, index=True),
    sa.Column("room_is_whole", sa.Boolean),  # NULL: there is no room
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("introduced_at", sa.Text, index=True),
    sa.Column("umbrella", sa.Integer),  # whose room it shares
    sa.Column("card_ts", sa.Text),  # by which its thread there is found
    sa.Index("ix_incidents_open", "number", **some(sa.text("status <> 'resolved'"))),
    sa.Index("ix_incidents_umbrella", "umbrella", "number", **some(sa.text("umbrella IS NOT NULL"))),
)  # fmt: skip

rooms = sa.Table(
    "rooms", metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("incident", sa.Integer, sa.ForeignKey("incidents.number"), nullable=False),
)  # fmt: skip

inbox = sa.Table(
    "inbox", metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # kept · read · not understood
    sa.Column("complaint", sa.Text),
    sa.UniqueConstraint("key", "source"),
    sa.Index("ix_inbox_source", "source", "id", **some(SYSTEMS)),
    sa.Index("ix_inbox_kept", "id", **some(KEPT)),
    sa.Index("ix_inbox_not_understood", "id", **some(sa.text("state = 'not understood'"))),
)  # fmt: skip

jobs = sa.Table(
    "jobs", metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("incident", sa.Integer),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("put_at", sa.Double, nullable=False),  # since when it is owed: when it was put, or is to start at first
    sa.Column("due", sa.Double, nullable=False),  # when to start; while running, when the lease ends
    sa.Column("state", sa.Text, nullable=False),  # waiting · running · late (was put off) · done · dead
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("doubt", sa.Boolean, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("collapses", sa.Boolean, nullable=False),
    sa.Column("complaint", sa.Text),
    sa.Column("settled_at", sa.Double),
    sa.Index("ix_jobs_lane", "lane", "id", **some(UNSETTLED)),
    sa.Index("ix_jobs_turn", "priority", "id", **some(UNSETTLED)),
    sa.Index("ix_jobs_running", "lane", **some(RUNNING)),
    sa.Index("ix_jobs_dead", "id", **some(DEAD)),
    sa.Index("uq_jobs_once", "key", unique=True, **some(ONCE)),
    sa.Index("uq_jobs_collapsing", "key", unique=True, **some(COLLAPSING)),
)  # fmt: skip

answers = sa.Table(
    "answers", metadata,
    sa.Column("request", sa.Text, primary_key=True),  # sha256 of when it was signed and what it said
    sa.Column("at", sa.Double, nullable=False, index=True),
    sa.Column("answer", sa.Text),
)  # fmt: skip

people = sa.Table(
    "people", metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("email_folded", sa.Text, unique=True),
    sa.Column("slack_id", sa.Text, unique=True),
    sa.Column("pagerduty_id", sa.Text, unique=True),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("checked_at", sa.Text),
)  # fmt: skip

services = sa.Table(
    "services", metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False, index=True),  # the summary, case-folded
    sa.Column("html_url", sa.Text),
)  # fmt: skip

changes = sa.Table(
    "changes", metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("service_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index("ix_changes_service_id_at", "service_id", "at"),
)  # fmt: skip

alerts = sa.Table(
    "alerts", metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("dedup_key", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("service_id", sa.Text),
    sa.Column("incident", sa.Integer, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index("ix_alerts_dedup_key", "dedup_key"),
    sa.Index("ix_alerts_lonely", "service_id", **some(LONELY)),
)  # fmt: skip

alert_tags = sa.Table(
    "alert_tags", metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("dedup_key", sa.Text, primary_key=True),
)  # fmt: skip

integration_keys = sa.Table(
    "integration_keys", metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the key's hash
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("service_id", sa.Text),
)  # fmt: skip

sources = sa.Table(  # those that were set up while Muster ran, and what was decided about the others
    "sources", metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
)  # fmt: skip

approvals = sa.Table(  # what sources ask people to approve
    "approvals", metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
)  # fmt: skip

subscriptions = sa.Table(  # webhook subscriptions that Muster made, and what their deliveries are signed with
    "subscriptions", metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("covers", sa.Text, nullable=False),
)  # fmt: skip

facts = sa.Table(
    "facts", metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)  # fmt: skip


def in_both(build: Callable[[Any], sa.Insert]) -> Mapping[str, sa.Insert]:
    """An INSERT with ON CONFLICT, built once for each database by the name SQLAlchemy gives it."""
    return {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}
