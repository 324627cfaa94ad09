"""The identity database, and how its rows become domain objects."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlalchemy.orm import registry

from services.identity.domain.account import Account, SignUp
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.operator import Operator
from services.identity.domain.recovery_codes import RecoverySheet
from services.identity.domain.second_factor import (
    Enrolment,
    EnrolmentKind,
    Passkey,
    SessionChallenge,
    Totp,
)
from services.identity.domain.session import LONGEST_ADDRESS, LONGEST_USER_AGENT, Session
from services.platform.idempotency import idempotency_keys_table
from services.platform.rate_limits import rate_limits_table

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def owner(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "account_id",
        String(32),
        ForeignKey("accounts.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


def stored(names: type[StrEnum]) -> Enum:
    """Returns the type of a column that holds the values of an enumeration, as text."""
    return Enum(
        names,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254), nullable=False),
    # Longer than an address: folding case can lengthen it.
    Column("email_key", String(762), nullable=False, unique=True),
    Column("email_confusable", Boolean, nullable=False),
    Column("full_name", String(100), nullable=False),
    Column("locale", String(2), nullable=False),
    Column("password_hash", String(200), nullable=False),
    moment("created_at"),
    moment("verified_at", nullable=True),
    moment("last_sign_in_at", nullable=True),
    CheckConstraint("password_hash = '' OR verified_at IS NOT NULL", name="password_once_verified"),
)

sign_ups = Table(
    "sign_ups",
    metadata,
    Column("id", String(32), primary_key=True),
    owner(),
    Column("full_name", String(100), nullable=False),
    Column("locale", String(2), nullable=False),
    Column("password_hash", String(200), nullable=False),
    moment("created_at"),
    Index("ix_sign_ups_account", "account_id", "created_at"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True),
    owner(),
    Column("kind", stored(NoticeKind), nullable=False),
    moment("created_at"),
    moment("expires_at", nullable=True),
    Column("sign_up_id", String(32), ForeignKey("sign_ups.id", ondelete="SET NULL"), nullable=True),
    Column("code_attempts", Integer, nullable=False),
    moment("used_at", nullable=True),
    moment("ended_at", nullable=True),
    # What the mail is about, where its kind does not say it all.
    Column("detail", String(40), nullable=False),
    Index("ix_notices_account_kind", "account_id", "kind"),
    Index("ix_notices_sign_up", "sign_up_id"),
    Index("ix_notices_created_at", "created_at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    owner(),
    moment("created_at"),
    moment("expires_at"),
    moment("seen_at"),
    Column("user_agent", String(LONGEST_USER_AGENT), nullable=False),
    Column("client_address", String(LONGEST_ADDRESS), nullable=False),
    Column("amr", ARRAY(String, as_tuple=True), nullable=False),
    Column("sid", String(32), nullable=False),
    moment("ended_at", nullable=True),
    Index("ix_sessions_account", "account_id", "created_at"),
    Index("ix_sessions_expires_at", "expires_at"),
)

session_challenges = Table(
    "session_challenges",
    metadata,
    Column("id", String(32), primary_key=True),
    owner(),
    moment("created_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
    Index("ix_session_challenges_account", "account_id"),
    Index("ix_session_challenges_expires_at", "expires_at"),
)

totps = Table(
    "totps",
    metadata,
    owner(primary_key=True),
    Column("id", String(32), nullable=False),
    moment("created_at"),
    Column("last_step", BigInteger, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(32), primary_key=True),
    owner(),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(100), nullable=False),
    moment("created_at"),
    moment("last_used_at", nullable=True),
    Index("ix_passkeys_account", "account_id"),
)

# Keyed digests of the codes that still work.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    owner(primary_key=True),
    Column("fingerprint", String(32), primary_key=True),
)

enrolments = Table(
    "enrolments",
    metadata,
    owner(primary_key=True),
    Column("kind", stored(EnrolmentKind), primary_key=True),
    Column("id", String(32), nullable=False),
    moment("expires_at"),
    Column("session_id", String(32), nullable=False, server_default=""),
)

# What the recovery codes just given derive from, for as long as they can be seen again.
recovery_sheets = Table(
    "recovery_sheets",
    metadata,
    owner(primary_key=True),
    Column("id", String(32), nullable=False),
    Column("session_id", String(32), nullable=False),
    moment("expires_at"),
)

# Clients from which an account signed in, or followed a mail: strangers cannot lock it there.
known_clients = Table(
    "known_clients",
    metadata,
    owner(primary_key=True),
    Column("client", String(32), primary_key=True),
    moment("seen_at"),
    Index("ix_known_clients_seen_at", "seen_at"),
)

operators = Table(
    "operators",
    metadata,
    Column("email_key", String(762), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("locale", String(2), nullable=False),
    moment("created_at"),
)

rate_limits = rate_limits_table(metadata)
idempotency_keys = idempotency_keys_table(metadata)

mapping = registry(metadata=metadata)
mapping.map_imperatively(Account, accounts)
mapping.map_imperatively(SignUp, sign_ups)
mapping.map_imperatively(Notice, notices)
mapping.map_imperatively(Session, sessions)
mapping.map_imperatively(SessionChallenge, session_challenges)
mapping.map_imperatively(Totp, totps)
mapping.map_imperatively(Passkey, passkeys)
mapping.map_imperatively(Enrolment, enrolments)
mapping.map_imperatively(RecoverySheet, recovery_sheets)
mapping.map_imperatively(Operator, operators)
