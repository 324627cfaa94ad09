"""A database connection that is lost in the middle of a call."""

import asyncio

from sqlalchemy import text

from services.platform.errors import Unavailable
from tests.integration.identity.running import RunningIdentity, new_email, refused

END_WAITING = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_a_connection_lost_while_a_use_is_counted_asks_to_try_again(identity: RunningIdentity) -> None:
    engine = identity.parts.database.engine
    async with engine.connect() as holding, engine.connect() as ending:
        await holding.execute(text("LOCK TABLE rate_limits IN ACCESS EXCLUSIVE MODE"))
        call = asyncio.create_task(identity.sign_up(new_email()))
        async with asyncio.timeout(20):
            while not (await ending.execute(END_WAITING)).scalar():
                await ending.rollback()
                await asyncio.sleep(0.05)
        with refused(Unavailable, "database_unavailable"):
            await call
