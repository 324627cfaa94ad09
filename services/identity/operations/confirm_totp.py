import structlog

from guichet.identity.v1.identity_service_pb2 import ConfirmTotpRequest
from services.identity.domain.second_factor import Change, EnrolmentKind, Totp
from services.identity.domain.totp import accepted_step
from services.identity.enrolling import Enrolling
from services.identity.parts import Parts
from services.identity.proofs import TOTP_SECRET, codes_shown, guesses
from services.platform.errors import InvalidArgument, Unauthenticated
from services.platform.idempotency import Once, claim

log = structlog.get_logger()


async def confirm_totp(
    parts: Parts, *, account_id: str, session_id: str, code: str, idempotency_key: str
) -> list[str]:
    """Adds the authenticator application that was begun. Its first code is used by that.

    Returns ten recovery codes where the account had no second factor, and none otherwise.

    Raises:
        InvalidArgument: second_factor_invalid, which leaves the enrolment open.
        FailedPrecondition: enrolment_expired, totp_already_on.
        AlreadyExists: idempotency_key_reused.
        ResourceExhausted: rate_limited.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    tried = guesses(parts, account_id)
    await parts.limits.spend(tried)
    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        shown = ConfirmTotpRequest(code=parts.tokens.fingerprint("proof", code))
        earlier = await claim(work.session, Once(account.id, idempotency_key, shown), account.id)
        if earlier is None:
            enrolling = await Enrolling.of(parts, work, account, EnrolmentKind.TOTP, session_id=session_id)
            secret = parts.tokens.derived(TOTP_SECRET, enrolling.enrolment.id)
            step = accepted_step(secret, code, at=enrolling.now, after=0)
            if step is None:
                raise InvalidArgument("second_factor_invalid", field="code")
            totp = Totp(account.id, enrolling.enrolment.id, enrolling.now, step)
            codes = await enrolling.add(parts, work, totp, Change.TOTP_ADDED)
        else:
            codes = await codes_shown(parts, work, account.id, session_id=session_id)
        await parts.limits.give_back(work.session, tried)
        await work.commit()
    log.info("second_factor.totp_added", account_id=account.id)
    return codes
