"""Sign-on to tools: tools and their clients, grants, tokens, consents, keys; how sessions were proven."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

OPEN = sa.text("ended_at IS NULL")


def moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def words(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text, nullable=False)


def several(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, sa.ARRAY(sa.String), nullable=False)


def client(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        words("client_id", 40),
        sa.ForeignKeyConstraint(["client_id"], ["tools.id"], name=f"fk_{table}_client_id"),
    )


def owner(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        words("account_id", 32),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id", ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    # The defaults are for replicas of before, which sign people in until they are replaced.
    op.add_column("sessions", sa.Column("amr", sa.ARRAY(sa.String), nullable=False, server_default="{pwd}"))
    new_sid = sa.text("replace(gen_random_uuid()::text, '-', '')")
    op.add_column("sessions", sa.Column("sid", sa.String(32), nullable=False, server_default=new_sid))
    op.create_table(
        "tools",
        words("id", 40),
        words("name_fr", 100),
        words("name_en", 100),
        words("description_fr", 300),
        words("description_en", 300),
        words("url", 2000),
        words("icon", 20),
        several("roles"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("client", postgresql.JSONB, nullable=True),
        moment("created_at"),
        moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tools"),
    )
    op.create_table(
        "client_secrets",
        *client("client_secrets"),
        words("digest", 64),
        moment("created_at"),
        moment("expires_at", nullable=True),
        sa.PrimaryKeyConstraint("client_id", "digest", name="pk_client_secrets"),
    )
    op.create_table(
        "client_assertions",
        *client("client_assertions"),
        words("digest", 64),
        moment("expires_at"),
        sa.PrimaryKeyConstraint("client_id", "digest", name="pk_client_assertions"),
    )
    op.create_index("ix_client_assertions_expires_at", "client_assertions", ["expires_at"])
    op.create_table(
        "consents",
        *owner("consents"),
        *client("consents"),
        several("scopes"),
        moment("updated_at"),
        sa.PrimaryKeyConstraint("account_id", "client_id", name="pk_consents"),
    )
    op.create_table(
        "grants",
        words("id", 32),
        *client("grants"),
        *owner("grants"),
        words("sid", 32),
        words("siren", 9),
        words("scope"),
        words("redirect_uri", 2000),
        words("code_challenge"),
        words("nonce"),
        moment("authenticated_at"),
        several("amr"),
        moment("created_at"),
        moment("expires_at"),
        moment("code_used_at", nullable=True),
        moment("ended_at", nullable=True),
        sa.Column("logout_due", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_sid", "grants", ["sid"], postgresql_where=OPEN)
    op.create_index("ix_grants_account", "grants", ["account_id", "siren"], postgresql_where=OPEN)
    op.create_index("ix_grants_client", "grants", ["client_id"], postgresql_where=OPEN)
    op.create_index("ix_grants_expires_at", "grants", ["expires_at"], postgresql_where=OPEN)
    op.create_index("ix_grants_ended_at", "grants", ["ended_at"])
    op.create_index("ix_grants_logout_due", "grants", ["id"], postgresql_where=sa.text("logout_due"))
    op.create_table(
        "token_pairs",
        words("id", 32),
        words("grant_id", 32),
        words("scope"),
        moment("issued_at"),
        moment("access_expires_at"),
        moment("refresh_expires_at", nullable=True),
        moment("access_ended_at", nullable=True),
        moment("refreshed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token_pairs"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name="fk_token_pairs_grant_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_token_pairs_grant", "token_pairs", ["grant_id"])
    op.create_table(
        "signing_keys",
        words("id", 32),
        words("algorithm", 10),
        words("public_jwk"),
        words("private_jwk"),
        moment("created_at"),
        moment("starts_at"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_keys"),
    )
    op.create_index("ix_signing_keys_starts_at", "signing_keys", ["algorithm", "starts_at"])
