"""What is being added, and recovery codes that were just given, belong to the session that did it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # The default is for replicas of before, which know no session.
    session = sa.Column("session_id", sa.String(32), nullable=False, server_default="")
    op.add_column("enrolments", session)
    op.create_table(
        "recovery_sheets",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_recovery_sheets"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_recovery_sheets_account_id", ondelete="CASCADE"
        ),
    )
