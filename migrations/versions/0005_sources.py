"""What sources raised, with which keys, and the sources and webhook subscriptions set up while Muster ran."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SYSTEMS = sa.text("source <> 'pagerduty'")
LONELY = sa.text("status <> 'resolved' AND incident IS NULL")


def upgrade() -> None:
    op.create_index("ix_inbox_source", "inbox", ["source", "id"], sqlite_where=SYSTEMS, postgresql_where=SYSTEMS)
    op.create_table(
        "alerts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text()),
        sa.Column("incident", sa.Integer()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "dedup_key", name="pk_alerts"),
    )
    op.create_index("ix_alerts_incident", "alerts", ["incident"])
    op.create_index("ix_alerts_dedup_key", "alerts", ["dedup_key"])
    op.create_index("ix_alerts_lonely", "alerts", ["service_id"], sqlite_where=LONELY, postgresql_where=LONELY)
    op.create_table(
        "alert_tags",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "tag", "dedup_key", name="pk_alert_tags"),
    )
    op.create_table(
        "integration_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_integration_keys"),
    )
    _set_up_meanwhile()


def _set_up_meanwhile() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_source", "inbox")
    for table in ("subscriptions", "sources", "integration_keys", "alert_tags", "alerts"):
        op.drop_table(table)
