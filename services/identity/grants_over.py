"""Grants that time has ended, and words to tools that are still owed."""

import asyncio

import structlog

from services.identity.parts import Parts

log = structlog.get_logger()

AT_ONCE = 50


async def end_expired_grants(parts: Parts) -> None:
    """Ends the grants whose session has expired, and has their tools told."""
    while True:
        async with parts.database.work() as work:
            ended = await work.grants.end_expired(at=parts.clock(), at_most=AT_ONCE)
            await work.commit()
        if ended:
            log.info("grants.expired", count=ended)
        if ended < AT_ONCE:
            return


async def tell_owed_logouts(parts: Parts) -> None:
    """Starts the words to tools that could not be started when their grants ended."""
    while True:
        async with parts.database.work() as work:
            owed = await work.grants.with_logout_due(at_most=AT_ONCE)
            told = await asyncio.gather(*map(parts.tell_logout, owed))
            started = [grant_id for grant_id, acknowledged in zip(owed, told, strict=True) if acknowledged]
            await work.grants.note_logouts(started, due=False)
            await work.commit()
        if len(started) < AT_ONCE:
            return
