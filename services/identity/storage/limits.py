"""How often a client may do what. What is counted is committed at once, also for a call that fails."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from services.identity.storage.tables import rate_limits
from services.platform.errors import ResourceExhausted
from services.platform.rate_limits import Use, free_at, give_back, require_left, spend


class Limits:
    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def spend(self, *uses: Use) -> None:
        """Counts each use, up to the first that is over its limit: ResourceExhausted (rate_limited)."""
        async with self._sessions() as session:
            try:
                await spend(session, *uses)
            except ResourceExhausted:
                await session.commit()
                raise
            await session.commit()

    async def require_left(self, *uses: Use) -> None:
        """Counts nothing: ResourceExhausted (rate_limited) where one of the uses is over its limit now."""
        async with self._sessions() as session:
            await require_left(session, *uses)

    async def free_at(self, *uses: Use) -> datetime:
        """Returns from when all of these uses are free, which may be past."""
        async with self._sessions() as session:
            free, _ = await free_at(session, *uses)
        return free

    async def give_back(self, session: AsyncSession, *uses: Use) -> None:
        """Takes uses back in somebody's transaction: only failures count against them."""
        await give_back(session, *uses)

    async def forget(self, session: AsyncSession, use: Use) -> None:
        """Starts a key afresh."""
        await session.execute(delete(rate_limits).where(rate_limits.c.key == use.name))
