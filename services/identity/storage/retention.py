"""What is kept for how long. Several replicas may run this: one at a time does the work."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.identity.storage.sign_on_tables import client_assertions, client_secrets, grants
from services.identity.storage.tables import (
    accounts,
    enrolments,
    idempotency_keys,
    known_clients,
    notices,
    recovery_sheets,
    session_challenges,
    sessions,
)
from services.platform.rate_limits import forget_limits

SESSIONS_KEPT = timedelta(days=1)
IDEMPOTENCY_KEYS_KEPT = timedelta(days=1)
# Longer than a tool is tried to be told of a logout.
GRANTS_KEPT = timedelta(days=7)
NOTICES_KEPT = timedelta(days=30)
UNVERIFIED_ACCOUNTS_KEPT = timedelta(days=30)
KNOWN_CLIENTS_KEPT = timedelta(days=90)

TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtextextended('identity.retention', 0))")


async def forget_old_rows(engine: AsyncEngine, *, at: datetime) -> bool:
    """Deletes what nobody needs any more. Returns whether it was this replica's turn.

    Sessions and challenges go a day after their end, grants with their tokens after 7 days, notices after
    30, accounts that were never verified after 30 days without a new mail, clients after 90 days without a
    sign-in.
    """
    async with AsyncSession(engine) as session:
        if not await session.scalar(TAKE_TURN):
            return False
        await forget_limits(session, at)
        await session.execute(
            delete(sessions).where(
                or_(sessions.c.expires_at < at - SESSIONS_KEPT, sessions.c.ended_at < at - SESSIONS_KEPT)
            )
        )
        challenged = session_challenges.c
        await session.execute(delete(session_challenges).where(challenged.expires_at < at - SESSIONS_KEPT))
        await session.execute(delete(enrolments).where(enrolments.c.expires_at < at))
        await session.execute(delete(recovery_sheets).where(recovery_sheets.c.expires_at < at))
        await session.execute(
            delete(idempotency_keys).where(idempotency_keys.c.created_at < at - IDEMPOTENCY_KEYS_KEPT)
        )
        await session.execute(
            delete(grants).where(grants.c.ended_at < at - GRANTS_KEPT, grants.c.logout_due.is_(False))
        )
        await session.execute(delete(client_assertions).where(client_assertions.c.expires_at < at))
        await session.execute(delete(client_secrets).where(client_secrets.c.expires_at < at))
        await session.execute(delete(notices).where(notices.c.created_at < at - NOTICES_KEPT))
        await session.execute(delete(known_clients).where(known_clients.c.seen_at < at - KNOWN_CLIENTS_KEPT))
        still_asked = select(notices.c.id).where(notices.c.account_id == accounts.c.id).exists()
        await session.execute(
            delete(accounts).where(
                accounts.c.verified_at.is_(None),
                accounts.c.created_at < at - UNVERIFIED_ACCOUNTS_KEPT,
                ~still_asked,
            )
        )
        await session.commit()
    return True
