"""What owners know their sessions by, and when they signed in last."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE accounts SET last_sign_in_at ="
        " (SELECT max(created_at) FROM sessions WHERE sessions.account_id = accounts.id)"
    )
    # The defaults are for replicas of before, which sign people in until they are replaced.
    seen_at = sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
    op.add_column("sessions", seen_at)
    op.execute("UPDATE sessions SET seen_at = created_at")
    for name, length in (("user_agent", 300), ("client_address", 45)):
        op.add_column("sessions", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.drop_index("ix_sessions_account", "sessions")
    op.create_index("ix_sessions_account", "sessions", ["account_id", "created_at"])
