import structlog

from services.identity.parts import Parts

log = structlog.get_logger()


async def forget_recovery_sheet(parts: Parts, *, account_id: str, session_id: str) -> None:
    """Forgets what the codes derive from that an account was given in a session. They go on working."""
    async with parts.database.work() as work:
        await work.second_factors.forget_sheet(account_id, session_id=session_id)
        await work.commit()
    log.info("second_factor.recovery_sheet_forgotten", account_id=account_id)
