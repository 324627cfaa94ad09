import structlog

from guichet.identity.v1.identity_service_pb2 import ReplaceRecoveryCodesRequest
from services.identity.domain.second_factor import Change
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.proofs import codes_shown, give_recovery_codes, tell_change
from services.platform.errors import FailedPrecondition
from services.platform.idempotency import Once, claim

log = structlog.get_logger()


async def replace_recovery_codes(
    parts: Parts, *, account_id: str, session_id: str, password: str, client: str, idempotency_key: str
) -> list[str]:
    """Makes ten new recovery codes; those of before stop working.

    Raises:
        InvalidArgument: password_wrong.
        FailedPrecondition: second_factor_off.
        AlreadyExists: idempotency_key_reused.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        once = Once(account.id, idempotency_key, ReplaceRecoveryCodesRequest())
        if await claim(work.session, once, account.id) is not None:
            return await codes_shown(parts, work, account.id, session_id=session_id)
        if not (await work.second_factors.of(account.id)).on:
            raise FailedPrecondition("second_factor_off")
        codes = await give_recovery_codes(parts, work, account, session_id=session_id)
        tell_change(parts, work, account, Change.RECOVERY_CODES_REPLACED)
        await work.commit()
    log.info("second_factor.recovery_codes_replaced", account_id=account.id)
    return codes
