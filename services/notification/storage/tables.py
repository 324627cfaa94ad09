"""The table of the notification service's database: one row for each event and recipient.

No address and no name stand in it. Indexes serve the lists newest first by keyset.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    text,
)

metadata = MetaData()

MOMENT = DateTime(timezone=True)

notifications = Table(
    "notifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event_id", String(200), nullable=False),
    Column("recipient_id", String(100), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("access_request_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt_count", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("sent_at", MOMENT),
    Column("claimed_until", MOMENT),
    CheckConstraint("state IN ('due', 'sent', 'failed', 'abandoned')", name="ck_notifications_state"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="ck_notifications_sent_at"),
    Index("uq_notifications_event_id_recipient_id", "event_id", "recipient_id", unique=True),
    Index("ix_notifications_newest", text("created_at DESC"), text("id DESC")),
    Index("ix_notifications_state", "state", text("created_at DESC"), text("id DESC")),
    Index(
        "ix_notifications_access_request",
        "access_request_id",
        text("created_at DESC"),
        text("id DESC"),
        postgresql_where=text("access_request_id <> ''"),
    ),
)
