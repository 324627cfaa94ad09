"""The tables of the company service's database.

Indexes serve the lists newest first by keyset, and are sized for ten million access requests: each list
reads one range of one index.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.platform.idempotency import idempotency_keys_table
from services.platform.rate_limits import rate_limits_table

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ID = String(40)
SIREN = String(9)
CODE = String(32)
MOMENT = DateTime(timezone=True)

companies = Table(
    "companies",
    metadata,
    Column("siren", SIREN, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("city", String(100), nullable=False),
    Column("contact_email", String(254), nullable=False),
    Column("member_code_hash", LargeBinary, nullable=False),
    Column("state", CODE, nullable=False, server_default="active"),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("updated_at", MOMENT, nullable=False, server_default=func.now()),
    CheckConstraint("state IN ('active', 'closed')", name="state"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("siren", SIREN, ForeignKey("companies.siren"), nullable=False),
    Column("role", CODE, nullable=False),
    Column("state", CODE, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    CheckConstraint("role IN ('member', 'administrator')", name="role"),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
    Index("uq_memberships_account_id_siren", "account_id", "siren", unique=True),
    Index("ix_memberships_siren_created_at_id", "siren", "created_at", "id"),
    Index(
        "ix_memberships_administrators",
        "siren",
        "created_at",
        postgresql_where=text("role = 'administrator' AND state = 'active'"),
    ),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", ID, primary_key=True),
    Column("account_id", ID, nullable=False),
    Column("siren", SIREN, ForeignKey("companies.siren"), nullable=False),
    Column("message", Text, nullable=False),
    Column("state", CODE, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("remind_at", MOMENT, nullable=False),
    Column("escalate_at", MOMENT, nullable=False),
    Column("expire_at", MOMENT, nullable=False),
    Column("escalated_at", MOMENT),
    Column("escalation_reason", CODE),
    Column("ended_at", MOMENT),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("state IN ('pending', 'approved', 'rejected', 'expired', 'cancelled')", name="state"),
    CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended"),
    Index(
        "uq_access_requests_pending",
        "account_id",
        "siren",
        unique=True,
        postgresql_where=text("state = 'pending'"),
    ),
    Index("ix_access_requests_pending_expire_at", "expire_at", postgresql_where=text("state = 'pending'")),
    Index("ix_access_requests_account", "account_id", text("created_at DESC"), text("id DESC")),
    Index("ix_access_requests_siren", "siren", text("created_at DESC"), text("id DESC")),
    Index("ix_access_requests_siren_state", "siren", "state", text("created_at DESC"), text("id DESC")),
    Index("ix_access_requests_newest", text("created_at DESC"), text("id DESC")),
    Index("ix_access_requests_state", "state", text("created_at DESC"), text("id DESC")),
    Index(
        "ix_access_requests_escalated_newest",
        text("created_at DESC"),
        text("id DESC"),
        postgresql_where=text("escalated_at IS NOT NULL"),
    ),
    Index(
        "ix_access_requests_escalated",
        "state",
        text("created_at DESC"),
        text("id DESC"),
        postgresql_where=text("escalated_at IS NOT NULL"),
    ),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("access_request_id", ID, ForeignKey("access_requests.id"), nullable=False),
    Column("verdict", CODE, nullable=False),
    Column("role", CODE),
    Column("reason", Text, nullable=False),
    Column("decided_by", ID, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("outcome", CODE),
    CheckConstraint("verdict IN ('approve', 'reject')", name="verdict"),
    CheckConstraint("outcome IN ('applied', 'superseded', 'refused')", name="outcome"),
    Index("ix_decisions_access_request_id", "access_request_id"),
    Index(
        "uq_decisions_applied",
        "access_request_id",
        unique=True,
        postgresql_where=text("outcome = 'applied'"),
    ),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", ID, primary_key=True),
    Column("access_request_id", ID, ForeignKey("access_requests.id"), nullable=False),
    Column("origin", CODE, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    CheckConstraint("origin IN ('requester', 'automatic')", name="origin"),
    Index("ix_reminders_access_request_id", "access_request_id"),
    Index(
        "uq_reminders_automatic",
        "access_request_id",
        unique=True,
        postgresql_where=text("origin = 'automatic'"),
    ),
)

# A trigger refuses to change or delete its rows: see the first migration.
audit_events = Table(
    "audit_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("created_at", MOMENT, nullable=False, server_default=func.clock_timestamp()),
    Column("kind", String(60), nullable=False),
    Column("actor", String(60), nullable=False),
    Column("siren", SIREN),
    Column("account_id", ID),
    Column("access_request_id", ID),
    Column("details", JSONB, nullable=False),
    Index("ix_audit_events_siren_id", "siren", text("id DESC")),
    Index("ix_audit_events_access_request_id", "access_request_id"),
    Index(
        "ix_audit_events_ended_memberships",
        "account_id",
        "siren",
        text("id DESC"),
        postgresql_where=text("kind = 'membership_ended'"),
    ),
)

company_imports = Table(
    "company_imports",
    metadata,
    Column("id", ID, primary_key=True),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("expire_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    Column("created_count", Integer),
    Column("updated_count", Integer),
    Column("unchanged_count", Integer),
)

company_import_rows = Table(
    "company_import_rows",
    metadata,
    Column("import_id", ID, ForeignKey("company_imports.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("siren", SIREN),
    Column("name", String(200)),
    Column("city", String(100)),
    Column("contact_email", String(254)),
    Column("member_code_hash", LargeBinary),
    Column("error_count", Integer, nullable=False),
    Index("ix_company_import_rows_import_id_siren", "import_id", "siren"),
)

rate_limits = rate_limits_table(metadata)
idempotency_keys = idempotency_keys_table(metadata)
