import structlog

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.second_factor import Change
from services.identity.parts import Parts
from services.identity.proofs import tell_change
from services.platform.errors import FailedPrecondition, NotFound

log = structlog.get_logger()


async def turn_off_second_factor(parts: Parts, *, email: str, by: str) -> None:
    """Takes the second factor from an account whose owner has lost every way to prove it.

    The password alone signs in from then on, and the owner is told by mail; sessions go on. `by` is who
    asks, for the log.

    Raises:
        InvalidArgument: email_invalid.
        NotFound: not_found, where no account has the address.
        FailedPrecondition: second_factor_off.
    """
    async with parts.database.work() as work:
        account = await work.accounts.locked(email_key=EmailAddress.parse(email).key)
        if account is None:
            raise NotFound("not_found")
        factor = await work.second_factors.of(account.id)
        if not factor.on:
            raise FailedPrecondition("second_factor_off")
        if factor.totp is not None:
            await work.second_factors.remove(account, factor.totp)
        for passkey in factor.passkeys:
            await work.second_factors.remove(account, passkey)
        tell_change(parts, work, account, Change.TURNED_OFF_BY_OPERATOR)
        await work.commit()
    log.warning("second_factor.turned_off_by_operator", account_id=account.id, by=by)
