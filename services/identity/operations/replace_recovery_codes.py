import structlog

from services.identity.domain.second_factor import Change
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.proofs import give_recovery_codes, tell_change
from services.platform.errors import FailedPrecondition

log = structlog.get_logger()


async def replace_recovery_codes(parts: Parts, *, account_id: str, password: str, client: str) -> list[str]:
    """Makes ten new recovery codes; those of before stop working.

    Raises:
        InvalidArgument: password_wrong.
        FailedPrecondition: second_factor_off.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        if not (await work.second_factors.of(account.id)).on:
            raise FailedPrecondition("second_factor_off")
        codes = await give_recovery_codes(parts, work, account)
        tell_change(parts, work, account, Change.RECOVERY_CODES_REPLACED)
        await work.commit()
    log.info("second_factor.recovery_codes_replaced", account_id=account.id)
    return codes
