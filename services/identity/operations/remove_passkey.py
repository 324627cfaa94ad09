import structlog

from services.identity.domain.second_factor import Change
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.proofs import tell_change

log = structlog.get_logger()


async def remove_passkey(
    parts: Parts, *, account_id: str, passkey_id: str, password: str, client: str
) -> None:
    """Removes a passkey of an account.

    Raises:
        InvalidArgument: password_wrong.
        NotFound: not_found, also for another account's.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        passkey = (await work.second_factors.of(account.id)).passkey(passkey_id)
        await work.second_factors.remove(account, passkey)
        tell_change(parts, work, account, Change.PASSKEY_REMOVED)
        await work.commit()
    log.info("second_factor.passkey_removed", account_id=account.id)
