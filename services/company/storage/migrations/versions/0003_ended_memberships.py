"""Finds the memberships of an account that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "ix_audit_events_ended_memberships",
        "audit_events",
        ["account_id", "siren", sa.text("id DESC")],
        postgresql_where=sa.text("kind = 'membership_ended'"),
    )
