"""Tools, and what their clients prove themselves with."""

from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.tool import Tool
from services.identity.storage.sign_on_tables import client_assertions, client_secrets, tools

WITH_SECRET = select(
    Tool,
    select(client_secrets.c.digest)
    .where(client_secrets.c.client_id == tools.c.id, client_secrets.c.digest == bindparam("digest"))
    .where(or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > bindparam("at")))
    .exists(),
).where(tools.c.id == bindparam("tool_id"), tools.c.disabled.is_(False))
HOLD_NAME = text("SELECT pg_advisory_xact_lock(hashtextextended('tool.' || :tool_id, 0))")


class Tools:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def set(self, tool: Tool) -> Tool:
        """Writes a tool, in the place of the one with its identifier."""
        return await self._session.merge(tool)

    async def get(self, tool_id: str) -> Tool | None:
        return await self._session.get(Tool, tool_id)

    async def locked(self, tool_id: str) -> Tool | None:
        """Returns a tool, locked until the end: its secrets are changed under it.

        A tool that is not there yet is locked too, by its name: of two calls that add it one waits.
        """
        await self._session.execute(HOLD_NAME, {"tool_id": tool_id})
        return await self._session.scalar(select(Tool).where(tools.c.id == tool_id).with_for_update())

    async def has_secret(self, tool: Tool) -> bool:
        query = select(client_secrets.c.digest).where(
            client_secrets.c.client_id == tool.id, client_secrets.c.expires_at.is_(None)
        )
        return await self._session.scalar(query) is not None

    async def add_secret(self, tool: Tool, digest: str, *, at: datetime) -> None:
        await self._session.flush()
        row = {"client_id": tool.id, "digest": digest, "created_at": at, "expires_at": None}
        await self._session.execute(insert(client_secrets).values(row))

    async def end_secrets(self, tool: Tool, *, expires_at: datetime) -> None:
        """Lets the present secret work until then, and those before it no more."""
        columns = client_secrets.c
        await self._session.execute(
            delete(client_secrets).where(columns.client_id == tool.id, columns.expires_at.is_not(None))
        )
        await self._session.execute(
            update(client_secrets).where(columns.client_id == tool.id).values(expires_at=expires_at)
        )

    async def forget_secrets(self, tool: Tool) -> None:
        await self._session.execute(delete(client_secrets).where(client_secrets.c.client_id == tool.id))

    async def use_assertion(self, client_id: str, digest: str, *, expires_at: datetime) -> bool:
        """Remembers an assertion, and says whether it was new."""
        row = insert(client_assertions).values(client_id=client_id, digest=digest, expires_at=expires_at)
        used = await self._session.execute(row.on_conflict_do_nothing().returning(client_assertions.c.digest))
        return used.scalar() is not None


async def with_secret(
    session: AsyncSession, tool_id: str, digest: str, *, at: datetime
) -> tuple[Tool, bool] | None:
    """Returns a tool that is not disabled, and whether its client has the secret, in one round trip."""
    found = await session.execute(WITH_SECRET, {"tool_id": tool_id, "digest": digest, "at": at})
    row = found.one_or_none()
    return (row[0], row[1]) if row else None
