"""Accounts, sign-ups, notices, sessions, known clients, operators, limits, idempotency keys."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


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
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(762), nullable=False),
        sa.Column("email_confusable", sa.Boolean, nullable=False),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        moment("created_at"),
        moment("verified_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email_key", name="uq_accounts_email_key"),
        sa.CheckConstraint(
            "password_hash = '' OR verified_at IS NOT NULL", name="ck_accounts_password_once_verified"
        ),
    )
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.String(32), nullable=False),
        *owner("sign_ups"),
        sa.Column("full_name", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ups"),
    )
    op.create_index("ix_sign_ups_account", "sign_ups", ["account_id", "created_at"])
    op.create_table(
        "notices",
        sa.Column("id", sa.String(32), nullable=False),
        *owner("notices"),
        sa.Column("kind", sa.String(32), nullable=False),
        moment("created_at"),
        moment("expires_at", nullable=True),
        sa.Column("sign_up_id", sa.String(32), nullable=True),
        sa.Column("code_attempts", sa.Integer, nullable=False),
        moment("used_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(
            ["sign_up_id"], ["sign_ups.id"], name="fk_notices_sign_up_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_notices_account_kind", "notices", ["account_id", "kind"])
    op.create_index("ix_notices_sign_up", "notices", ["sign_up_id"])
    op.create_index("ix_notices_created_at", "notices", ["created_at"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), nullable=False),
        *owner("sessions"),
        moment("created_at"),
        moment("expires_at"),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "known_clients",
        *owner("known_clients"),
        sa.Column("client", sa.String(32), nullable=False),
        moment("seen_at"),
        sa.PrimaryKeyConstraint("account_id", "client", name="pk_known_clients"),
    )
    op.create_index("ix_known_clients_seen_at", "known_clients", ["seen_at"])
    op.create_table(
        "operators",
        sa.Column("email_key", sa.String(762), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        moment("created_at"),
        sa.PrimaryKeyConstraint("email_key", name="pk_operators"),
    )
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(200), nullable=False),
        moment("arrives_at"),
        sa.PrimaryKeyConstraint("key", name="pk_rate_limits"),
    )
    op.create_index("ix_rate_limits_arrives_at", "rate_limits", ["arrives_at"])
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("resource_id", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
