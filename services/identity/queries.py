"""Reads. Each takes the parts and what is asked, and answers domain objects for messages.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, any_, bindparam, select, tuple_, update

from services.identity.domain.account import Account
from services.identity.domain.notice import Notice
from services.identity.domain.operator import Operator
from services.identity.domain.second_factor import Enrolment, EnrolmentKind, SecondFactor
from services.identity.domain.session import SEEN_EVERY, Session
from services.identity.domain.tokens import Purpose, is_id
from services.identity.parts import Parts
from services.identity.proofs import codes_of, sheet_shown
from services.identity.sign_in import Challenged
from services.identity.storage.lookups import challenge_of, notice_with_account
from services.identity.storage.tables import accounts, operators, sessions
from services.platform.connections import Row
from services.platform.errors import InvalidArgument, NotFound, Unauthenticated
from services.platform.paging import key_after, moment_of, page_size_of, page_token

MOST_ACCOUNTS = 1000


@dataclass(frozen=True)
class OwnSecondFactor:
    """A second factor as its owner sees it, with what waits to be added."""

    account: Account
    factor: SecondFactor
    enrolments: Mapping[EnrolmentKind, Enrolment]


# What other processes are told of an account: plain rows, for every click reads some.
TOLD: list[ColumnElement[Any]] = [
    accounts.c.id,
    accounts.c.email,
    accounts.c.full_name,
    accounts.c.locale,
    accounts.c.verified_at,
    accounts.c.created_at,
    accounts.c.email_confusable,
    accounts.c.last_sign_in_at,
]
WITH_SESSION = [
    *TOLD,
    sessions.c.expires_at.label("session_expires_at"),
    sessions.c.seen_at.label("session_seen_at"),
    sessions.c.ended_at,
]
SESSION_WITH_ACCOUNT = (
    select(*WITH_SESSION)
    .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
    .where(sessions.c.id == bindparam("session_id"))
)
SEE_SESSION = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), sessions.c.seen_at < bindparam("at"))
    .values(seen_at=bindparam("at"))
)
ACCOUNTS = select(*TOLD).where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(String))))


async def get_session(parts: Parts, *, token: str) -> tuple[Row, datetime]:
    """Returns the account that signed in, as `TOLD`, and until when.

    A token that was never given is told from the token itself, without a look at the database. That the
    session was seen is written every five minutes only: the rest of the time this is one read.

    Raises:
        Unauthenticated: unauthenticated; session_expired, for a session that ended in whatever way.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    async with parts.connections.alone() as connection:
        row = (await connection.execute(SESSION_WITH_ACCOUNT, {"session_id": session_id})).one_or_none()
        now = parts.clock()
        if row is None or row.ended_at is not None or row.session_expires_at <= now:
            raise Unauthenticated("session_expired")
        if row.session_seen_at + SEEN_EVERY <= now:
            await connection.execute(SEE_SESSION, {"session_id": session_id, "at": now})
    return row, row.session_expires_at


async def list_sessions(
    parts: Parts, *, account_id: str, page_size: int, token: str
) -> tuple[list[Session], str]:
    """Returns a page of the open sessions of an account, newest first, and the token of the next or "".

    Raises:
        InvalidArgument: invalid_cursor, invalid_limit.
    """
    size, filter_ = page_size_of(page_size), ("sessions", account_id)
    key = tuple_(sessions.c.created_at, sessions.c.id)
    query = (
        select(*sessions.columns)
        .where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        .where(sessions.c.expires_at > parts.clock())
        .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
        .limit(size + 1)
    )
    if after := key_after(token, filter_=filter_, parts=2):
        query = query.where(key < (moment_of(after[0]), after[1]))
    async with parts.database.reader.connect() as connection:
        found = [Session(**row) for row in (await connection.execute(query)).mappings()]
    page = found[:size]
    if len(found) <= size:
        return page, ""
    return page, page_token((page[-1].created_at.isoformat(), page[-1].id), filter_=filter_)


async def get_session_challenge(parts: Parts, *, token: str) -> Challenged:
    """Returns a challenge that waits, with what would complete it.

    Raises:
        Unauthenticated: challenge_expired, for one that is over in whatever way, or never was.
    """
    challenge_id = parts.tokens.identifier(Purpose.SESSION_CHALLENGE, token)
    challenge = await challenge_of(parts.database, challenge_id) if challenge_id else None
    if challenge is None or not challenge.is_open(parts.clock()):
        raise Unauthenticated("challenge_expired")
    async with parts.database.work() as work:
        return Challenged(challenge, await work.second_factors.of(challenge.account_id))


async def get_second_factor(parts: Parts, *, account_id: str, session_id: str) -> OwnSecondFactor:
    """Returns the second factor of an account, and what it is adding in this session.

    Raises:
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    now = parts.clock()
    async with parts.database.work() as work:
        account = await work.accounts.get(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        begun = [await work.second_factors.begun(account_id, kind) for kind in EnrolmentKind]
        return OwnSecondFactor(
            account=account,
            factor=await work.second_factors.of(account_id),
            enrolments={
                one.kind: one for one in begun if one is not None and one.is_open(now, session_id=session_id)
            },
        )


async def get_recovery_codes(
    parts: Parts, *, account_id: str, session_id: str
) -> tuple[list[str], datetime | None]:
    """Returns the recovery codes that an account was just given in this session, and until when it sees
    them; none where it was not.
    """
    async with parts.database.work() as work:
        sheet = await sheet_shown(parts, work, account_id, session_id=session_id)
    return (codes_of(parts, sheet), sheet.expires_at) if sheet is not None else ([], None)


async def batch_get_accounts(parts: Parts, *, account_ids: Collection[str]) -> Sequence[Row]:
    """Returns the accounts that exist among these, as `TOLD`.

    Raises:
        InvalidArgument: too_many_ids, for over 1,000.
    """
    if len(account_ids) > MOST_ACCOUNTS:
        raise InvalidArgument("too_many_ids", field="account_ids")
    wanted = sorted({account_id for account_id in account_ids if is_id(account_id)})
    if not wanted:
        return []
    async with parts.connections.alone() as connection:
        return (await connection.execute(ACCOUNTS, {"ids": wanted})).all()


async def get_account_notice(parts: Parts, *, notice_id: str) -> tuple[Notice, Account]:
    """Returns a mail that is owed, and to whom.

    Raises:
        NotFound: not_found, also for a mail that is not worth sending any more: its link has been used,
            replaced or has expired.
    """
    if not is_id(notice_id):
        raise NotFound("not_found")
    notice, account = await notice_with_account(parts.database, notice_id)
    if not notice.is_open(parts.clock()):
        raise NotFound("not_found")
    return notice, account


async def list_operators(parts: Parts, *, page_size: int, token: str) -> tuple[list[Operator], str]:
    """Returns a page of operators by address, and the token of the next page or "".

    Raises:
        InvalidArgument: invalid_cursor, invalid_limit.
    """
    size = page_size_of(page_size)
    after = key_after(token, filter_=(), parts=1)
    query = select(*operators.columns).order_by(operators.c.email_key).limit(size + 1)
    if after is not None:
        query = query.where(operators.c.email_key > after[0])
    async with parts.database.reader.connect() as connection:
        found = [Operator(**row) for row in (await connection.execute(query)).mappings()]
    page = found[:size]
    more = len(found) > size
    return page, page_token((page[-1].email_key,), filter_=()) if more else ""
