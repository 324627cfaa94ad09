"""A transaction and what may be done in it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from services.company.storage.repositories.access_requests import AccessRequestRepository
from services.company.storage.repositories.audit import AuditRepository
from services.company.storage.repositories.companies import CompanyRepository
from services.company.storage.repositories.company_imports import CompanyImportRepository
from services.company.storage.repositories.memberships import MembershipRepository
from services.platform import rate_limits
from services.platform.connections import Connection, Connections
from services.platform.errors import ResourceExhausted
from services.platform.idempotency import Once, claim


class UnitOfWork:
    """What is written is kept from `commit` on; leaving without it rolls back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.companies = CompanyRepository(connection)
        self.memberships = MembershipRepository(connection)
        self.access_requests = AccessRequestRepository(connection)
        self.company_imports = CompanyImportRepository(connection)
        self.audit = AuditRepository(connection)

    async def claim(self, once: Once, resource_id: str) -> str | None:
        """Returns the id that an earlier call with the key wrote, or None where this call is the first."""
        return await claim(self.connection, once, resource_id)

    async def spend(self, *uses: rate_limits.Use) -> None:
        await rate_limits.spend(self.connection, *uses)

    async def require_left(self, *uses: rate_limits.Use) -> None:
        await rate_limits.require_left(self.connection, *uses)

    async def is_first(self, period: timedelta, *key: str) -> bool:
        """Says whether a key is used for the first time in a period, over all replicas."""
        try:
            await self.spend(rate_limits.Use(rate_limits.Rate(1, period), key))
        except ResourceExhausted:
            return False
        return True

    async def commit(self) -> None:
        await self.connection.commit()


class Database:
    """Opens units of work on one pool of connections."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextlib.asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._connections.transaction() as connection:
            yield UnitOfWork(connection)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """For reads of one statement each: no transaction, so no round trips to begin and end one."""
        async with self._connections.alone() as connection:
            yield UnitOfWork(connection)
