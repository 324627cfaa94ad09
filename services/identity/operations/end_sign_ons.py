import structlog

from services.identity.parts import Parts

log = structlog.get_logger()


async def end_sign_ons(parts: Parts, *, account_id: str, siren: str) -> int:
    """Ends the sign-ons of an account for a company that it has lost, and returns how many were open."""
    async with parts.database.work() as work:
        ended = await work.grants.end_of_company(account_id, siren, at=parts.clock())
        await work.commit()
    if ended:
        log.info("grants.ended", account_id=account_id, siren=siren, count=ended)
    return ended
