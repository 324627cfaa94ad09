import structlog

from services.identity.domain.second_factor import Change, EnrolmentKind, Passkey, parse_passkey_name
from services.identity.domain.tokens import new_id
from services.identity.parts import Parts
from services.identity.proofs import PASSKEY_CHALLENGE, give_recovery_codes, tell_change
from services.platform.errors import AlreadyExists, FailedPrecondition, InvalidArgument, Unauthenticated

log = structlog.get_logger()


async def confirm_passkey(
    parts: Parts, *, account_id: str, name: str, credential: str
) -> tuple[Passkey, list[str]]:
    """Adds the passkey that was begun, as the browser created it.

    Returns it with ten recovery codes where the account had no second factor, and none otherwise.

    Raises:
        InvalidArgument: passkey_invalid; what parse_passkey_name raises, which leaves the enrolment open.
        FailedPrecondition: enrolment_expired, too_many_passkeys.
        AlreadyExists: passkey_known, to whichever account.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    shown = parse_passkey_name(name)
    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        now = parts.clock()
        factor = await work.second_factors.of(account.id)
        factor.require_room_for_passkey()
        enrolment = await work.second_factors.begun(account.id, EnrolmentKind.PASSKEY)
        if enrolment is None or not enrolment.is_open(now):
            raise FailedPrecondition("enrolment_expired")
        created = parts.passkeys.created(credential, parts.tokens.derived(PASSKEY_CHALLENGE, enrolment.id))
        if created is None:
            raise InvalidArgument("passkey_invalid", field="credential")
        if await work.second_factors.knows(created.credential_id):
            raise AlreadyExists("passkey_known")
        passkey = Passkey(
            id=new_id(),
            account_id=account.id,
            credential_id=created.credential_id,
            public_key=created.credential_public_key,
            sign_count=created.sign_count,
            name=shown,
            created_at=now,
        )
        work.second_factors.add(passkey)
        await work.second_factors.forget(enrolment)
        codes = [] if factor.on else await give_recovery_codes(parts, work, account)
        tell_change(parts, work, account, Change.PASSKEY_ADDED)
        await work.commit()
    log.info("second_factor.passkey_added", account_id=account.id)
    return passkey, codes
