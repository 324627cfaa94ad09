import structlog

from services.identity.domain.second_factor import Change, EnrolmentKind, Totp
from services.identity.domain.totp import accepted_step
from services.identity.parts import Parts
from services.identity.proofs import TOTP_SECRET, give_recovery_codes, guesses, tell_change
from services.platform.errors import FailedPrecondition, InvalidArgument, Unauthenticated

log = structlog.get_logger()


async def confirm_totp(parts: Parts, *, account_id: str, code: str) -> list[str]:
    """Adds the authenticator application that was begun. Its first code is used by that.

    Returns ten recovery codes where the account had no second factor, and none otherwise.

    Raises:
        InvalidArgument: second_factor_invalid, which leaves the enrolment open.
        FailedPrecondition: enrolment_expired, totp_already_on.
        ResourceExhausted: rate_limited.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    tried = guesses(parts, account_id)
    await parts.limits.spend(tried)
    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        now = parts.clock()
        factor = await work.second_factors.of(account.id)
        factor.require_room_for_totp()
        enrolment = await work.second_factors.begun(account.id, EnrolmentKind.TOTP)
        if enrolment is None or not enrolment.is_open(now):
            raise FailedPrecondition("enrolment_expired")
        step = accepted_step(parts.tokens.derived(TOTP_SECRET, enrolment.id), code, at=now, after=0)
        if step is None:
            raise InvalidArgument("second_factor_invalid", field="code")
        work.second_factors.add(Totp(account.id, enrolment.id, now, step))
        await work.second_factors.forget(enrolment)
        codes = [] if factor.on else await give_recovery_codes(parts, work, account)
        tell_change(parts, work, account, Change.TOTP_ADDED)
        await parts.limits.give_back(work.session, tried)
        await work.commit()
    log.info("second_factor.totp_added", account_id=account.id)
    return codes
