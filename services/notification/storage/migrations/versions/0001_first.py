"""Notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("recipient_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("access_request_id", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.CheckConstraint("state IN ('due', 'sent', 'failed', 'abandoned')", name="ck_notifications_state"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="ck_notifications_sent_at"),
    )
    newest_first = [sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index(
        "uq_notifications_event_id_recipient_id", "notifications", ["event_id", "recipient_id"], unique=True
    )
    op.create_index("ix_notifications_newest", "notifications", newest_first)
    op.create_index("ix_notifications_state", "notifications", ["state", *newest_first])
    op.create_index(
        "ix_notifications_access_request",
        "notifications",
        ["access_request_id", *newest_first],
        postgresql_where=sa.text("access_request_id <> ''"),
    )


def downgrade() -> None:
    op.drop_table("notifications")
