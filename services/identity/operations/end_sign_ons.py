import structlog

from services.identity.parts import Parts

log = structlog.get_logger()


async def end_sign_ons(parts: Parts, *, account_id: str, siren: str, role: str) -> int:
    """Ends the sign-ons of an account for a company that its role there does not open, all of them without
    a role, and returns how many were open.
    """
    async with parts.database.work() as work:
        ended = await work.grants.end_of_company(account_id, siren, role=role, at=parts.clock())
        await work.commit()
    if ended:
        log.info("grants.ended", account_id=account_id, siren=siren, count=ended)
    return ended
