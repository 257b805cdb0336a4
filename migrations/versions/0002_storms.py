"""Storms: when an incident was first heard of, whose room it shares, and by which message there it is found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHARED = sa.text("umbrella IS NOT NULL")


def upgrade() -> None:
    op.add_column("incidents", sa.Column("introduced_at", sa.Text()))
    op.add_column("incidents", sa.Column("umbrella", sa.Integer()))
    op.add_column("incidents", sa.Column("card_ts", sa.Text()))
    op.create_index("ix_incidents_introduced_at", "incidents", ["introduced_at"])
    op.create_index(
        "ix_incidents_umbrella", "incidents", ["umbrella", "number"], sqlite_where=SHARED, postgresql_where=SHARED
    )
