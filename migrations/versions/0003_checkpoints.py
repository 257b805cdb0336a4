"""Checkpoints and where they are anchored; and words may only be taken away when a redaction says so."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        required("hash"),
        required("line"),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
    )
    op.create_table(
        "sealed",
        required("stream"),
        sa.Column("size", sa.Integer(), nullable=False),
        required("head"),
        sa.ForeignKeyConstraint(["stream"], ["chains.stream"], name="fk_sealed_stream"),
        sa.PrimaryKeyConstraint("stream", name="pk_sealed"),
    )
    op.create_table(
        "anchored",
        required("anchor"),
        sa.Column("checkpoint", sa.Integer(), autoincrement=False, nullable=False),
        required("at"),
        required("place"),
        sa.ForeignKeyConstraint(["checkpoint"], ["checkpoints.number"], name="fk_anchored_checkpoint"),
        sa.PrimaryKeyConstraint("anchor", "checkpoint", name="pk_anchored"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES:
        op.execute(sa.text(statement))


def required(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


# The entry that says so is recorded first, in the same transaction, under a key that names what it takes away.
IS_SAID = (
    "EXISTS (SELECT 1 FROM timeline WHERE kind = 'entry.redacted' AND stream = OLD.stream"
    " AND key = 'redacted:' || OLD.stream || ':' || OLD.seq)"
)
REDACTS = (
    "NEW.salt IS NULL AND NEW.text IS NULL AND NEW.details IS NULL AND NEW.stream = OLD.stream AND NEW.seq = OLD.seq"
)
GROWS = "NEW.stream = OLD.stream AND NEW.size > OLD.size"

SQLITE_REFUSED = {
    "contents_only_redacted": f"UPDATE ON contents WHEN NOT ({REDACTS} AND {IS_SAID})",
    "checkpoints_no_update": "UPDATE ON checkpoints",
    "checkpoints_no_delete": "DELETE ON checkpoints",
    "checkpoints_no_replace": "INSERT ON checkpoints"
    " WHEN EXISTS (SELECT 1 FROM checkpoints WHERE number = NEW.number)",
    "sealed_only_grow": f"UPDATE ON sealed WHEN NOT ({GROWS})",
    "sealed_no_delete": "DELETE ON sealed",
}
SQLITE = [
    "DROP TRIGGER contents_only_redacted",
    *(
        f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'The timeline is append-only'); END"
        for name, what in SQLITE_REFUSED.items()
    ),
]

POSTGRES_REFUSED = {
    "checkpoints_append_only": "UPDATE OR DELETE OR TRUNCATE ON checkpoints FOR EACH STATEMENT",
    "sealed_no_delete": "DELETE OR TRUNCATE ON sealed FOR EACH STATEMENT",
    "sealed_only_grow": f"UPDATE ON sealed FOR EACH ROW WHEN (NOT ({GROWS}))",
}
POSTGRES = [
    "DROP TRIGGER contents_only_redacted ON contents",
    "CREATE FUNCTION refuse_unless_redaction() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" IF {REDACTS} AND {IS_SAID} THEN RETURN NEW; END IF;"
    " RAISE restrict_violation USING MESSAGE = 'The timeline is append-only'; END $$",
    "CREATE TRIGGER contents_only_redacted BEFORE UPDATE ON contents FOR EACH ROW"
    " EXECUTE FUNCTION refuse_unless_redaction()",
    *(
        f"CREATE TRIGGER {name} BEFORE {what} EXECUTE FUNCTION refuse_to_rewrite()"
        for name, what in POSTGRES_REFUSED.items()
    ),
]
