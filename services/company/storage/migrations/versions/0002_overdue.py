"""Finds access requests that are pending past their deadline."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_access_requests_pending_expire_at",
        "access_requests",
        ["expire_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
