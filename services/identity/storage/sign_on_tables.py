"""The tables of sign-on to tools, beside those of accounts."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

from services.identity.domain.grant import Grant, TokenPair
from services.identity.domain.tool import LONGEST_ADDRESS, LONGEST_DESCRIPTION, LONGEST_NAME, Client, Tool
from services.identity.storage.tables import mapping, metadata, moment, owner


class ClientColumn(TypeDecorator[Client]):
    """A registration, kept whole: it is read, written and compared as one value."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Client | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else asdict(value)

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Client | None:
        if value is None:
            return None
        stored: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in value.items()
        }
        return Client(**stored)


def client_id() -> Column[str]:
    return Column("client_id", String(40), ForeignKey("tools.id"), nullable=False)


tools = Table(
    "tools",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name_fr", String(LONGEST_NAME), nullable=False),
    Column("name_en", String(LONGEST_NAME), nullable=False),
    Column("description_fr", String(LONGEST_DESCRIPTION), nullable=False),
    Column("description_en", String(LONGEST_DESCRIPTION), nullable=False),
    Column("url", String(LONGEST_ADDRESS), nullable=False),
    Column("icon", String(20), nullable=False),
    Column("roles", ARRAY(String, as_tuple=True), nullable=False),
    Column("position", Integer, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("client", ClientColumn, nullable=True),
    moment("created_at"),
    moment("updated_at"),
)

# SHA-256 of secrets of 256 random bits. One has no end; another may work until it.
client_secrets = Table(
    "client_secrets",
    metadata,
    Column("client_id", String(40), ForeignKey("tools.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    moment("created_at"),
    moment("expires_at", nullable=True),
)

client_assertions = Table(
    "client_assertions",
    metadata,
    Column("client_id", String(40), ForeignKey("tools.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    moment("expires_at"),
    Index("ix_client_assertions_expires_at", "expires_at"),
)

consents = Table(
    "consents",
    metadata,
    owner(primary_key=True),
    Column("client_id", String(40), ForeignKey("tools.id"), primary_key=True),
    Column("scopes", ARRAY(String, as_tuple=True), nullable=False),
    moment("updated_at"),
)

OPEN = text("ended_at IS NULL")

grants = Table(
    "grants",
    metadata,
    Column("id", String(32), primary_key=True),
    client_id(),
    owner(),
    Column("sid", String(32), nullable=False),
    Column("siren", String(9), nullable=False),
    Column("scope", Text, nullable=False),
    Column("redirect_uri", String(LONGEST_ADDRESS), nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    moment("authenticated_at"),
    Column("amr", ARRAY(String, as_tuple=True), nullable=False),
    moment("created_at"),
    moment("expires_at"),
    moment("code_used_at", nullable=True),
    moment("ended_at", nullable=True),
    # The tool is still to be told that it has ended.
    Column("logout_due", Boolean, nullable=False),
    Index("ix_grants_sid", "sid", postgresql_where=OPEN),
    Index("ix_grants_account", "account_id", "siren", postgresql_where=OPEN),
    Index("ix_grants_client", "client_id", postgresql_where=OPEN),
    Index("ix_grants_expires_at", "expires_at", postgresql_where=OPEN),
    Index("ix_grants_ended_at", "ended_at"),
    Index("ix_grants_logout_due", "id", postgresql_where=text("logout_due")),
)

token_pairs = Table(
    "token_pairs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("grant_id", String(32), ForeignKey("grants.id", ondelete="CASCADE"), nullable=False),
    Column("scope", Text, nullable=False),
    moment("issued_at"),
    moment("access_expires_at"),
    moment("refresh_expires_at", nullable=True),
    moment("access_ended_at", nullable=True),
    moment("refreshed_at", nullable=True),
    Index("ix_token_pairs_grant", "grant_id"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("algorithm", String(10), nullable=False),
    Column("public_jwk", Text, nullable=False),
    # A JSON Web Encryption under a key that derives from the identifier.
    Column("private_jwk", Text, nullable=False),
    moment("created_at"),
    moment("starts_at"),
    Index("ix_signing_keys_starts_at", "algorithm", "starts_at"),
)

mapping.map_imperatively(Tool, tools)
mapping.map_imperatively(Grant, grants)
mapping.map_imperatively(TokenPair, token_pairs)
