"""One write: what belongs together is committed together, with the mails that it owes."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from services.identity.domain.notice import Notice
from services.identity.storage.repositories import (
    Accounts,
    KnownClients,
    Notices,
    Operators,
    SessionChallenges,
    Sessions,
    SignUps,
)
from services.identity.storage.second_factors import SecondFactors
from services.platform.idempotency import Once, claim

Deliver = Callable[[Notice], Awaitable[None]]

# What a key stands for where every answer is the same.
ANSWERED_ALIKE = ""

HOLD_NOTICE = text("SELECT pg_advisory_xact_lock(hashtextextended(:notice_id, 0))")
AWAIT_NOTICE = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:notice_id, 0))")


class UnitOfWork:
    """A transaction: leaving it without `commit` rolls back.

    `deliver` starts the workflow that mails a notice, and returns once it is acknowledged.
    """

    def __init__(self, session: AsyncSession, deliver: Deliver) -> None:
        self.session = session
        self.accounts = Accounts(session)
        self.sign_ups = SignUps(session)
        self.notices = Notices(session)
        self.sessions = Sessions(session)
        self.session_challenges = SessionChallenges(session)
        self.second_factors = SecondFactors(session)
        self.known_clients = KnownClients(session)
        self.operators = Operators(session)
        self._deliver = deliver

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()

    async def repeats(self, once: Once) -> bool:
        """Claims a key, and says whether an earlier call had it.

        A repeat at the same moment waits here until the first has committed.

        Raises:
            AlreadyExists: idempotency_key_reused, where it was another call.
        """
        return await claim(self.session, once, ANSWERED_ALIKE) is not None

    async def commit(self) -> None:
        """Writes, has the mail of each new notice started, then commits.

        A mail that cannot be started rolls everything back. Its workflow may look for the notice before
        the commit: it waits on the lock that is held here (`AWAIT_NOTICE`), then finds the notice, or
        nothing if the commit failed.
        """
        await self.session.flush()
        self.session.add_all(self.notices.new)
        await self.session.flush()
        for notice in self.notices.new:
            await self.session.execute(HOLD_NOTICE, {"notice_id": notice.id})
            await self._deliver(notice)
        await self.session.commit()


class Database:
    """Opens transactions to write in (`work`), and gives an engine to read from (`reader`).

    `reader` sends each statement alone, without a transaction around it: one round trip a read.
    """

    def __init__(self, engine: AsyncEngine, deliver: Deliver) -> None:
        self.engine = engine
        self.reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
        self._deliver = deliver

    def work(self) -> UnitOfWork:
        return UnitOfWork(self._sessions(), self._deliver)
