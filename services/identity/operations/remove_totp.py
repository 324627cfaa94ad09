import structlog

from services.identity.domain.second_factor import Change
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.proofs import tell_change
from services.platform.errors import NotFound

log = structlog.get_logger()


async def remove_totp(parts: Parts, *, account_id: str, password: str, client: str) -> None:
    """Removes the authenticator application of an account.

    Raises:
        InvalidArgument: password_wrong.
        NotFound: not_found, where there is none.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        totp = (await work.second_factors.of(account.id)).totp
        if totp is None:
            raise NotFound("not_found")
        await work.second_factors.remove(account, totp)
        tell_change(parts, work, account, Change.TOTP_REMOVED)
        await work.commit()
    log.info("second_factor.totp_removed", account_id=account.id)
