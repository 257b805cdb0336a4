"""The beginning: ledger, inbox, jobs, people, catalogue; and the triggers that keep the timeline append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_ledger()
    create_incidents()
    create_inbox()
    create_jobs()
    create_people()
    create_catalogue()
    triggers = SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else POSTGRES_TRIGGERS
    for trigger in triggers:
        op.execute(sa.text(trigger))


def create_ledger() -> None:
    op.create_table(
        "chains",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_chains"),
    )
    op.create_table(
        "timeline",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        *(required(name) for name in ("at", "recorded_at", "kind", "actor", "origin", "key", "content_hash", "hash")),
        sa.ForeignKeyConstraint(["stream"], ["chains.stream"], name="fk_timeline_stream"),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_timeline"),
        sa.UniqueConstraint("key", name="uq_timeline_key"),
    )
    op.create_table(
        "contents",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        *(optional(name) for name in ("salt", "text", "details")),
        sa.ForeignKeyConstraint(["stream", "seq"], ["timeline.stream", "timeline.seq"], name="fk_contents_stream_seq"),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_contents"),
    )


def create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        required("stream"),
        optional("pagerduty_id"),
        optional("incident_key"),
        required("status"),
        *(optional(name) for name in ("service_id", "service_name", "archive_after")),
        sa.Column("room_is_whole", sa.Boolean(), nullable=True),
        required("state"),
        sa.ForeignKeyConstraint(["stream"], ["chains.stream"], name="fk_incidents_stream"),
        sa.PrimaryKeyConstraint("number", name="pk_incidents"),
        sa.UniqueConstraint("pagerduty_id", name="uq_incidents_pagerduty_id"),
        sa.UniqueConstraint("stream", name="uq_incidents_stream"),
    )
    op.create_index("ix_incidents_archive_after", "incidents", ["archive_after"])
    op.create_index("ix_incidents_incident_key", "incidents", ["incident_key"])
    create_partial_index("ix_incidents_open", "incidents", ["number"], "status <> 'resolved'")
    op.create_table(
        "rooms",
        required("channel"),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_rooms_incident"),
        sa.PrimaryKeyConstraint("channel", name="pk_rooms"),
    )


def create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", SERIAL, nullable=False),
        required("source"),
        required("key"),
        optional("subject"),
        required("headers"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        required("received_at"),
        required("state"),
        optional("complaint"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("key", "source", name="uq_inbox_key_source"),
    )
    create_partial_index("ix_inbox_kept", "inbox", ["id"], "state = 'kept'")
    create_partial_index("ix_inbox_not_understood", "inbox", ["id"], "state = 'not understood'")


def create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", SERIAL, nullable=False),
        required("kind"),
        required("lane"),
        sa.Column("incident", sa.Integer(), nullable=True),
        required("arguments"),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("put_at", sa.Double(), nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        required("state"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        optional("key"),
        sa.Column("collapses", sa.Boolean(), nullable=False),
        optional("complaint"),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    create_partial_index("ix_jobs_dead", "jobs", ["id"], "state = 'dead'")
    create_partial_index("ix_jobs_running", "jobs", ["lane"], "state = 'running'")
    create_partial_index("ix_jobs_lane", "jobs", ["lane", "id"], "settled_at IS NULL")
    create_partial_index("ix_jobs_turn", "jobs", ["priority", "id"], "settled_at IS NULL")
    create_partial_index("uq_jobs_once", "jobs", ["key"], "NOT collapses", unique=True)
    create_partial_index("uq_jobs_collapsing", "jobs", ["key"], "collapses AND state = 'waiting'", unique=True)


def create_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", SERIAL, nullable=False),
        required("name"),
        *(optional(name) for name in ("email", "email_folded", "slack_id", "pagerduty_id")),
        required("standing"),
        optional("checked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email_folded", name="uq_people_email_folded"),
        sa.UniqueConstraint("slack_id", name="uq_people_slack_id"),
        sa.UniqueConstraint("pagerduty_id", name="uq_people_pagerduty_id"),
    )


def create_catalogue() -> None:
    op.create_table(
        "services",
        *(required(name) for name in ("id", "summary", "name")),
        optional("html_url"),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
    )
    op.create_index("ix_services_name", "services", ["name"])
    op.create_table(
        "changes",
        *(required(name) for name in ("id", "service_id", "at", "state")),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_index("ix_changes_service_id_at", "changes", ["service_id", "at"])
    op.create_table(
        "facts", required("name"), required("value"), sa.PrimaryKeyConstraint("name", name="pk_facts")
    )


def required(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def optional(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=True)


def create_partial_index(name: str, table: str, columns: list[str], rows: str, *, unique: bool = False) -> None:
    where = sa.text(rows)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


# What was said may only be taken away (redacted), never changed; a chain may only grow.
REDACTS = (
    "NEW.salt IS NULL AND NEW.text IS NULL AND NEW.details IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq"
)
GROWS = "NEW.stream = OLD.stream AND NEW.size > OLD.size"

SQLITE_REFUSED = {
    "timeline_no_update": "UPDATE ON timeline",
    "timeline_no_delete": "DELETE ON timeline",
    # REPLACE deletes without firing delete triggers: https://www.sqlite.org/lang_conflict.html
    "timeline_no_replace": "INSERT ON timeline WHEN EXISTS (SELECT 1 FROM timeline WHERE key = NEW.key)"
    " OR EXISTS (SELECT 1 FROM timeline WHERE stream = NEW.stream AND seq = NEW.seq)",
    "contents_only_redacted": f"UPDATE ON contents WHEN NOT ({REDACTS})",
    "contents_no_delete": "DELETE ON contents",
    "contents_no_replace": "INSERT ON contents"
    " WHEN EXISTS (SELECT 1 FROM contents WHERE stream = NEW.stream AND seq = NEW.seq)",
    "chains_only_grow": f"UPDATE ON chains WHEN NOT ({GROWS})",
    "chains_no_delete": "DELETE ON chains",
}
SQLITE_TRIGGERS = [
    f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'The timeline is append-only'); END"
    for name, what in SQLITE_REFUSED.items()
]

POSTGRES_REFUSED = {
    "timeline_append_only": "UPDATE OR DELETE OR TRUNCATE ON timeline FOR EACH STATEMENT",
    "contents_no_delete": "DELETE OR TRUNCATE ON contents FOR EACH STATEMENT",
    "contents_only_redacted": f"UPDATE ON contents FOR EACH ROW WHEN (NOT ({REDACTS}))",
    "chains_no_delete": "DELETE OR TRUNCATE ON chains FOR EACH STATEMENT",
    "chains_only_grow": f"UPDATE ON chains FOR EACH ROW WHEN (NOT ({GROWS}))",
}
POSTGRES_TRIGGERS = [
    "CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE restrict_violation USING MESSAGE = 'The timeline is append-only'; END $$",
    *(
        f"CREATE TRIGGER {name} BEFORE {what} EXECUTE FUNCTION refuse_to_rewrite()"
        for name, what in POSTGRES_REFUSED.items()
    ),
]
