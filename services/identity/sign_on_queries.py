"""Reads of tools, sign-ons and keys."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.claims import LOGOUT_TOKEN_TYPE, logout_token_claims
from services.identity.domain.grant import Grant
from services.identity.domain.signing_key import SigningKey, published
from services.identity.domain.tokens import Purpose, is_id
from services.identity.domain.tool import Tool
from services.identity.parts import Parts
from services.identity.storage.sign_on_tables import consents, grants, tools
from services.identity.storage.signing_keys import SigningKeys
from services.identity.storage.tables import sessions
from services.identity.storage.unit_of_work import AWAIT
from services.platform.errors import InvalidArgument, NotFound, Unauthenticated
from services.platform.paging import key_after, page_size_of, page_token


@dataclass(frozen=True)
class SignOn:
    """How an account stands with a tool in one session."""

    consented_scopes: tuple[str, ...]
    siren: str
    authenticated_at: datetime
    amr: tuple[str, ...]


@dataclass(frozen=True)
class LogoutNotice:
    """What to tell which tool, and where."""

    backchannel_logout_uri: str
    logout_token: str
    client_id: str


async def list_tools(
    parts: Parts, *, page_size: int, token: str, show_disabled: bool
) -> tuple[list[Tool], str]:
    """Returns a page of tools in the order in which they are shown, and the token of the next or "".

    Raises:
        InvalidArgument: invalid_cursor, invalid_limit.
    """
    size, filter_ = page_size_of(page_size), ("tools", str(show_disabled))
    query = select(Tool).order_by(tools.c.position, tools.c.id).limit(size + 1)
    if not show_disabled:
        query = query.where(tools.c.disabled.is_(False))
    if after := key_after(token, filter_=filter_, parts=2):
        query = query.where(tuple_(tools.c.position, tools.c.id) > (position_of(after[0]), after[1]))
    async with AsyncSession(parts.database.reader, expire_on_commit=False) as session:
        found = list(await session.scalars(query))
    page = found[:size]
    if len(found) <= size:
        return page, ""
    return page, page_token((str(page[-1].position), page[-1].id), filter_=filter_)


def position_of(part: str) -> int:
    if not (part.isascii() and part.isdigit() and len(part) < 10):
        raise InvalidArgument("invalid_cursor", field="cursor")
    return int(part)


async def get_tool(parts: Parts, *, tool_id: str) -> Tool:
    """Returns a tool, a disabled one too.

    Raises:
        NotFound: not_found.
    """
    async with AsyncSession(parts.database.reader, expire_on_commit=False) as session:
        tool = await session.scalar(select(Tool).where(tools.c.id == tool_id))
    if tool is None:
        raise NotFound("not_found")
    return tool


async def get_sign_on(parts: Parts, *, session_token: str, client_id: str) -> SignOn:
    """Returns how the account of a session stands with a tool; with an unknown one, like a stranger.

    Raises:
        Unauthenticated: unauthenticated, session_expired.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, session_token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    allowed = (
        select(consents.c.scopes)
        .where(consents.c.account_id == sessions.c.account_id, consents.c.client_id == client_id)
        .scalar_subquery()
    )
    newest = (
        select(grants.c.siren)
        .where(grants.c.sid == sessions.c.sid, grants.c.client_id == client_id, grants.c.ended_at.is_(None))
        .where(grants.c.siren != "")
        .order_by(grants.c.created_at.desc(), grants.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(
        sessions.c.created_at,
        sessions.c.expires_at,
        sessions.c.ended_at,
        sessions.c.amr,
        allowed.label("scopes"),
        newest.label("siren"),
    ).where(sessions.c.id == session_id)
    async with parts.database.reader.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None or row.ended_at is not None or row.expires_at <= parts.clock():
        raise Unauthenticated("session_expired")
    return SignOn(row.scopes or (), row.siren or "", row.created_at, row.amr)


async def get_logout_notice(parts: Parts, *, grant_id: str) -> LogoutNotice:
    """Returns what to tell the tool of a grant that has ended.

    Waits for a transaction that is ending it, so that a workflow started before the commit finds it.

    Raises:
        NotFound: not_found, where it has not ended or its tool is not to be told.
    """
    if not is_id(grant_id):
        raise NotFound("not_found")
    query = select(Grant, Tool).join(Tool, tools.c.id == grants.c.client_id).where(grants.c.id == grant_id)
    async with AsyncSession(parts.database.engine, expire_on_commit=False) as session:
        await session.execute(AWAIT, {"id": grant_id})
        row = (await session.execute(query)).one_or_none()
        if row is None or row.Grant.ended_at is None or row.Tool.client is None:
            raise NotFound("not_found")
        grant, client, now = row.Grant, row.Tool.client, parts.clock()
        if not client.backchannel_logout_uri:
            raise NotFound("not_found")
        key = await SigningKeys(session).present(client.id_token_signed_response_alg, at=now)
    claims = logout_token_claims(grant, issuer=parts.settings.issuer, at=now)
    return LogoutNotice(
        client.backchannel_logout_uri, parts.signer.sign(key, LOGOUT_TOKEN_TYPE, claims), grant.client_id
    )


async def get_signing_keys(parts: Parts) -> str:
    """Returns the JSON Web Key Set of the keys that verify what is valid now, or soon will be."""
    async with parts.database.reader.connect() as connection:
        keys = await SigningKeys(connection).all()
    by_algorithm = defaultdict[str, list[SigningKey]](list)
    for key in keys:
        by_algorithm[key.algorithm].append(key)
    shown = [
        json.loads(key.public_jwk)
        for _, own in sorted(by_algorithm.items())
        for key in published(own, at=parts.clock(), longest_token=parts.settings.access_token_life)
    ]
    return json.dumps({"keys": shown})
