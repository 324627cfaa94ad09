"""A transaction and what may be done in it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.company.storage.repositories.access_requests import AccessRequestRepository
from services.company.storage.repositories.audit import AuditRepository
from services.company.storage.repositories.companies import CompanyRepository
from services.company.storage.repositories.company_imports import CompanyImportRepository
from services.company.storage.repositories.memberships import MembershipRepository
from services.platform import rate_limits
from services.platform.errors import ResourceExhausted
from services.platform.idempotency import Once, claim


class UnitOfWork:
    """What is written is kept from `commit` on; leaving without it rolls back."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.companies = CompanyRepository(session)
        self.memberships = MembershipRepository(session)
        self.access_requests = AccessRequestRepository(session)
        self.company_imports = CompanyImportRepository(session)
        self.audit = AuditRepository(session)

    async def claim(self, once: Once, resource_id: str) -> str | None:
        """Returns the id that an earlier call with the key wrote, or None where this call is the first."""
        return await claim(self.session, once, resource_id)

    async def spend(self, rate: rate_limits.Rate, *key: str) -> None:
        await rate_limits.spend(self.session, rate, *key)

    async def is_first(self, period: timedelta, *key: str) -> bool:
        """Says whether a key is used for the first time in a period, over all replicas."""
        try:
            await rate_limits.spend(self.session, rate_limits.Rate(1, period), *key)
        except ResourceExhausted:
            return False
        return True

    async def now(self) -> datetime:
        """Returns the time of the database's clock, which all replicas share."""
        now: datetime = (await self.session.execute(select(func.clock_timestamp()))).scalar_one()
        return now

    async def commit(self) -> None:
        await self.session.commit()


class Database:
    """Opens units of work on one pool of connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with AsyncSession(self._engine) as session:
            yield UnitOfWork(session)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """For reads of one statement each: no transaction, so no round trips to begin and end one."""
        async with AsyncSession(self._reader) as session:
            yield UnitOfWork(session)
