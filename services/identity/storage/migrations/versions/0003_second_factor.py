"""The second factor: applications, passkeys, recovery codes, and the sign-ins that wait for one."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def owner(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id", ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    # The default is for replicas of before, which owe mails until they are replaced.
    op.add_column("notices", sa.Column("detail", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "session_challenges",
        sa.Column("id", sa.String(32), nullable=False),
        *owner("session_challenges"),
        moment("created_at"),
        moment("expires_at"),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_session_challenges"),
    )
    op.create_index("ix_session_challenges_account", "session_challenges", ["account_id"])
    op.create_index("ix_session_challenges_expires_at", "session_challenges", ["expires_at"])
    op.create_table(
        "totps",
        *owner("totps"),
        sa.Column("id", sa.String(32), nullable=False),
        moment("created_at"),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_totps"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(32), nullable=False),
        *owner("passkeys"),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        moment("created_at"),
        moment("last_used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index("ix_passkeys_account", "passkeys", ["account_id"])
    op.create_table(
        "recovery_codes",
        *owner("recovery_codes"),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "fingerprint", name="pk_recovery_codes"),
    )
    op.create_table(
        "enrolments",
        *owner("enrolments"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        moment("expires_at"),
        sa.PrimaryKeyConstraint("account_id", "kind", name="pk_enrolments"),
    )
