import asyncio

from services.identity.parts import Parts

AT_ONCE = 50


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
