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
