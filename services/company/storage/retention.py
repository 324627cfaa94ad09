"""What this database keeps for a while only."""

from datetime import timedelta

from sqlalchemy import delete, func

from services.company.storage.tables import company_imports, idempotency_keys, rate_limits
from services.platform.connections import Connections

IDEMPOTENCY_KEYS_ARE_KEPT = timedelta(days=7)


async def forget_old_rows(connections: Connections) -> None:
    """Removes idempotency keys after a week, limits that limit nothing, and imports nobody finished."""
    async with connections.transaction() as connection:
        await connection.execute(
            delete(idempotency_keys).where(
                idempotency_keys.c.created_at < func.now() - IDEMPOTENCY_KEYS_ARE_KEPT
            )
        )
        await connection.execute(delete(rate_limits).where(rate_limits.c.arrives_at < func.now()))
        await connection.execute(delete(company_imports).where(company_imports.c.expire_at < func.now()))
        await connection.commit()
