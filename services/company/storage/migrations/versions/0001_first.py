"""Companies, memberships, access requests, decisions, reminders, audit, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

AUDIT_IS_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_events is append-only';
END
$$;
"""
NO_CHANGE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("access_request_id", sa.String(length=40), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_access_request_id", "audit_events", ["access_request_id"], unique=False)
    op.create_index(
        "ix_audit_events_siren_id", "audit_events", ["siren", sa.literal_column("id DESC")], unique=False
    )
    op.create_table(
        "companies",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("member_code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'closed')", name=op.f("ck_companies_state")),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_companies")),
    )
    op.create_table(
        "company_imports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_count", sa.Integer(), nullable=True),
        sa.Column("updated_count", sa.Integer(), nullable=True),
        sa.Column("unchanged_count", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_imports")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("resource_id", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
    )
    op.create_index(op.f("ix_rate_limits_arrives_at"), "rate_limits", ["arrives_at"], unique=False)
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation_reason", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_access_requests_ended")),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')",
            name=op.f("ck_access_requests_state"),
        ),
        sa.ForeignKeyConstraint(["siren"], ["companies.siren"], name=op.f("fk_access_requests_siren")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index(
        "ix_access_requests_account",
        "access_requests",
        ["account_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_access_requests_escalated",
        "access_requests",
        ["state", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("escalated_at IS NOT NULL"),
    )
    op.create_index(
        "ix_access_requests_escalated_newest",
        "access_requests",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("escalated_at IS NOT NULL"),
    )
    op.create_index(
        "ix_access_requests_newest",
        "access_requests",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_access_requests_siren",
        "access_requests",
        ["siren", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_access_requests_siren_state",
        "access_requests",
        ["siren", "state", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_access_requests_state",
        "access_requests",
        ["state", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_access_requests_pending",
        "access_requests",
        ["account_id", "siren"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "company_import_rows",
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("member_code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["company_imports.id"],
            name=op.f("fk_company_import_rows_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_company_import_rows")),
    )
    op.create_index(
        "ix_company_import_rows_import_id_siren", "company_import_rows", ["import_id", "siren"], unique=False
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('member', 'administrator')", name=op.f("ck_memberships_role")),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_memberships_state")),
        sa.ForeignKeyConstraint(["siren"], ["companies.siren"], name=op.f("fk_memberships_siren")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(
        "ix_memberships_administrators",
        "memberships",
        ["siren", "created_at"],
        unique=False,
        postgresql_where=sa.text("role = 'administrator' AND state = 'active'"),
    )
    op.create_index(
        "ix_memberships_siren_created_at_id", "memberships", ["siren", "created_at", "id"], unique=False
    )
    op.create_index("uq_memberships_account_id_siren", "memberships", ["account_id", "siren"], unique=True)
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("access_request_id", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('applied', 'superseded', 'refused')", name=op.f("ck_decisions_outcome")
        ),
        sa.CheckConstraint("verdict IN ('approve', 'reject')", name=op.f("ck_decisions_verdict")),
        sa.ForeignKeyConstraint(
            ["access_request_id"], ["access_requests.id"], name=op.f("fk_decisions_access_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_access_request_id", "decisions", ["access_request_id"], unique=False)
    op.create_index(
        "uq_decisions_applied",
        "decisions",
        ["access_request_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'applied'"),
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("access_request_id", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin IN ('requester', 'automatic')", name=op.f("ck_reminders_origin")),
        sa.ForeignKeyConstraint(
            ["access_request_id"], ["access_requests.id"], name=op.f("fk_reminders_access_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_access_request_id", "reminders", ["access_request_id"], unique=False)
    op.create_index(
        "uq_reminders_automatic",
        "reminders",
        ["access_request_id"],
        unique=True,
        postgresql_where=sa.text("origin = 'automatic'"),
    )
    op.execute(AUDIT_IS_APPEND_ONLY)
    op.execute(NO_CHANGE)
