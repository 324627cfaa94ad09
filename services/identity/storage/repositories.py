"""Domain objects by what operations know of them. What is changed on them is written at commit."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.account import Account, SignUp
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.operator import Operator
from services.identity.domain.second_factor import SessionChallenge
from services.identity.domain.session import Session
from services.identity.storage import tables
from services.identity.storage.grants import Grants


class Accounts:
    """Locks leave an account's key alone: rows that only refer to it, as a grant under its session's lock
    does, do not wait for whoever holds the account and wants that session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def added(self, account: Account) -> bool:
        """Inserts an account, and says whether its address was free.

        Waits for whoever is inserting the same address at this moment.
        """
        row = {column.name: getattr(account, column.name) for column in tables.accounts.columns}
        inserted = await self._session.execute(
            insert(tables.accounts)
            .values(row)
            .on_conflict_do_nothing(index_elements=[tables.accounts.c.email_key])
            .returning(tables.accounts.c.id)
        )
        return inserted.scalar() is not None

    async def locked(self, *, email_key: str) -> Account | None:
        """Returns the account of an address, locked until the end: what is decided on it stays true."""
        return await self._session.scalar(
            select(Account).where(tables.accounts.c.email_key == email_key).with_for_update(key_share=True)
        )

    async def get(self, account_id: str) -> Account | None:
        return await self._session.get(Account, account_id)

    async def locked_by_id(self, account_id: str) -> Account | None:
        """Returns an account, locked until the end."""
        return await self._session.scalar(
            select(Account).where(tables.accounts.c.id == account_id).with_for_update(key_share=True)
        )

    async def locked_of_notice(self, notice_id: str) -> Account | None:
        """Returns the account of a notice, locked.

        Read the notice afterwards: read together with the lock, it could be as it was before the wait.
        """
        account_id = select(tables.notices.c.account_id).where(tables.notices.c.id == notice_id)
        return await self._session.scalar(
            select(Account)
            .where(tables.accounts.c.id == account_id.scalar_subquery())
            .with_for_update(key_share=True)
        )


class SignUps:
    """Read and written under the lock of their account."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, sign_up: SignUp) -> None:
        self._session.add(sign_up)

    async def get(self, sign_up_id: str | None) -> SignUp | None:
        return await self._session.get(SignUp, sign_up_id) if sign_up_id else None

    async def of(self, account: Account) -> list[SignUp]:
        """Returns the sign-ups of an account, newest first."""
        found = await self._session.scalars(
            select(SignUp)
            .where(tables.sign_ups.c.account_id == account.id)
            .order_by(tables.sign_ups.c.created_at.desc(), tables.sign_ups.c.id)
        )
        return list(found)

    async def forget(self, account: Account) -> None:
        await self._session.execute(delete(tables.sign_ups).where(tables.sign_ups.c.account_id == account.id))


class Notices:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.new: list[Notice] = []

    def add(self, notice: Notice) -> None:
        """Adds a notice, which is written, and its mail started, at commit."""
        self.new.append(notice)

    async def get(self, notice_id: str) -> Notice | None:
        return await self._session.get(Notice, notice_id)

    async def of(self, account: Account, kind: NoticeKind) -> list[Notice]:
        """Returns an account's notices of one kind, newest first."""
        found = await self._session.scalars(
            select(Notice)
            .where(tables.notices.c.account_id == account.id, tables.notices.c.kind == kind)
            .order_by(tables.notices.c.created_at.desc(), tables.notices.c.id)
        )
        return list(found)

    async def end(self, account: Account, kind: NoticeKind, *, at: datetime) -> None:
        """Takes away what an account's unused notices of one kind are worth."""
        columns = tables.notices.c
        await self._session.execute(
            update(tables.notices)
            .where(columns.account_id == account.id, columns.kind == kind)
            .where(columns.used_at.is_(None), columns.ended_at.is_(None))
            .values(ended_at=at)
        )


class Sessions:
    """A session that ends takes its sign-ons to tools along."""

    def __init__(self, session: AsyncSession, grants: Grants) -> None:
        self._session = session
        self._grants = grants

    def add(self, session: Session) -> None:
        self._session.add(session)

    async def get(self, session_id: str) -> Session | None:
        return await self._session.get(Session, session_id)

    async def shared(self, session_id: str) -> Session | None:
        """Returns a session that nobody ends before this transaction has."""
        return await self._session.scalar(
            select(Session).where(tables.sessions.c.id == session_id).with_for_update(read=True)
        )

    async def locked(self, session_id: str) -> Session | None:
        """Returns a session, locked until the end: signing out of it comes before, or finds it over."""
        return await self._session.scalar(
            select(Session).where(tables.sessions.c.id == session_id).with_for_update()
        )

    async def end(self, session_id: str, *, at: datetime) -> None:
        columns = tables.sessions.c
        ended = await self._session.execute(
            update(tables.sessions)
            .where(columns.id == session_id, columns.ended_at.is_(None))
            .values(ended_at=at)
            .returning(columns.sid)
        )
        await self._grants.end_with_sessions(ended.scalars().all(), at=at)

    async def end_all(self, account: Account, *, at: datetime, but: str = "") -> int:
        """Ends the sessions of an account, all or all but one, and returns how many were open."""
        columns = tables.sessions.c
        ended = await self._session.execute(
            update(tables.sessions)
            .where(columns.account_id == account.id, columns.id != but, columns.ended_at.is_(None))
            .where(columns.expires_at > at)
            .values(ended_at=at)
            .returning(columns.sid)
        )
        sids = ended.scalars().all()
        await self._grants.end_with_sessions(sids, at=at)
        return len(sids)


class SessionChallenges:
    """Read and written under the lock of their account."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, challenge: SessionChallenge) -> None:
        self._session.add(challenge)

    async def get(self, challenge_id: str) -> SessionChallenge | None:
        return await self._session.get(SessionChallenge, challenge_id, populate_existing=True)

    async def end_all(self, account: Account, *, at: datetime) -> None:
        columns = tables.session_challenges.c
        await self._session.execute(
            update(tables.session_challenges)
            .where(columns.account_id == account.id, columns.ended_at.is_(None))
            .values(ended_at=at)
        )


class KnownClients:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def remember(self, account_id: str, client: str, *, at: datetime) -> None:
        """Notes that an account was proven from this client (a fingerprint)."""
        row = insert(tables.known_clients).values(account_id=account_id, client=client, seen_at=at)
        await self._session.execute(
            row.on_conflict_do_update(
                index_elements=["account_id", "client"],
                set_={"seen_at": func.greatest(tables.known_clients.c.seen_at, row.excluded.seen_at)},
            )
        )


class Operators:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def added(self, operator: Operator) -> bool:
        """Inserts an operator, and says whether the address was none yet."""
        row = {column.name: getattr(operator, column.name) for column in tables.operators.columns}
        inserted = await self._session.execute(
            insert(tables.operators)
            .values(row)
            .on_conflict_do_nothing()
            .returning(tables.operators.c.email_key)
        )
        return inserted.scalar() is not None

    async def get(self, email_key: str) -> Operator | None:
        return await self._session.get(Operator, email_key)
