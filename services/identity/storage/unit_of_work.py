"""One write: what belongs together is committed together, with the mails that it owes."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from services.identity.domain.notice import Notice
from services.identity.storage.grants import Grants
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
from services.identity.storage.signing_keys import SigningKeys
from services.identity.storage.tools import Tools
from services.platform.idempotency import Once, claim

Deliver = Callable[[Notice], Awaitable[None]]
TellLogout = Callable[[str], Awaitable[bool]]

# What a key stands for where every answer is the same.
ANSWERED_ALIKE = ""

# What a workflow may look for before the transaction that writes it has ended.
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))")
AWAIT = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:id, 0))")


class UnitOfWork:
    """A transaction: leaving it without `commit` rolls back.

    `deliver` starts the workflow that mails a notice, and returns once it is acknowledged. `tell_logout`
    starts the one that tells a tool of a grant's end, and says whether that was acknowledged.
    """

    def __init__(self, session: AsyncSession, deliver: Deliver, tell_logout: TellLogout) -> None:
        self.session = session
        self.accounts = Accounts(session)
        self.sign_ups = SignUps(session)
        self.notices = Notices(session)
        self.grants = Grants(session)
        self.tools = Tools(session)
        self.signing_keys = SigningKeys(session)
        self.sessions = Sessions(session, self.grants)
        self.session_challenges = SessionChallenges(session)
        self.second_factors = SecondFactors(session)
        self.known_clients = KnownClients(session)
        self.operators = Operators(session)
        self._deliver = deliver
        self._tell_logout = tell_logout

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
        """Writes, has the mail of each new notice and the word to each tool started, then commits.

        A mail that cannot be started rolls everything back. Its workflow may look for the notice before
        the commit: it waits on the lock that is held here (`AWAIT`), then finds the notice, or nothing if
        the commit failed. A word to a tool that cannot be started is owed, and rolls nothing back: whoever
        signs out has signed out.
        """
        await self.session.flush()
        self.session.add_all(self.notices.new)
        await self.session.flush()
        for notice in self.notices.new:
            await self.session.execute(HOLD, {"id": notice.id})
            await self._deliver(notice)
        ended = sorted(self.grants.ended_untold.values())
        for grant_id in ended:
            await self.session.execute(HOLD, {"id": grant_id})
        started = await asyncio.gather(*map(self._tell_logout, ended))
        owed = [grant_id for grant_id, acknowledged in zip(ended, started, strict=True) if not acknowledged]
        await self.grants.note_logouts(owed, due=True)
        await self.session.commit()


class Database:
    """Opens transactions to write in (`work`), and gives an engine to read from (`reader`).

    `reader` sends each statement alone, without a transaction around it: one round trip a read.
    """

    def __init__(self, engine: AsyncEngine, deliver: Deliver, tell_logout: TellLogout) -> None:
        self.engine = engine
        self.reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
        self._deliver = deliver
        self._tell_logout = tell_logout

    def work(self) -> UnitOfWork:
        return UnitOfWork(self._sessions(), self._deliver, self._tell_logout)
