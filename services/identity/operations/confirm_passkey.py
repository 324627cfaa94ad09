import structlog

from guichet.identity.v1.identity_service_pb2 import ConfirmPasskeyRequest
from services.identity.domain.second_factor import Change, EnrolmentKind, Passkey, parse_passkey_name
from services.identity.domain.tokens import new_id
from services.identity.enrolling import Enrolling
from services.identity.parts import Parts
from services.identity.proofs import PASSKEY_CHALLENGE, codes_shown
from services.platform.errors import AlreadyExists, InvalidArgument, Unauthenticated
from services.platform.idempotency import Once, claim

log = structlog.get_logger()


async def confirm_passkey(
    parts: Parts, *, account_id: str, session_id: str, name: str, credential: str, idempotency_key: str
) -> tuple[Passkey, list[str]]:
    """Adds the passkey that was begun, as the browser created it.

    Returns it with ten recovery codes where the account had no second factor, and none otherwise.

    Raises:
        InvalidArgument: passkey_invalid; what parse_passkey_name raises, which leaves the enrolment open.
        FailedPrecondition: enrolment_expired, too_many_passkeys.
        AlreadyExists: passkey_known, to whichever account; idempotency_key_reused.
        NotFound: not_found, for a repeat after the passkey was removed.
        Unauthenticated: unauthenticated, for an account that is gone.
    """
    shown = parse_passkey_name(name)
    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(account_id)
        if account is None:
            raise Unauthenticated("unauthenticated")
        new = new_id()
        request = ConfirmPasskeyRequest(name=shown, credential=credential)
        earlier_id = await claim(work.session, Once(account.id, idempotency_key, request), new)
        if earlier_id is not None:
            passkey = (await work.second_factors.of(account.id)).passkey(earlier_id)
            return passkey, await codes_shown(parts, work, account.id, session_id=session_id)
        enrolling = await Enrolling.of(parts, work, account, EnrolmentKind.PASSKEY, session_id=session_id)
        challenge = parts.tokens.derived(PASSKEY_CHALLENGE, enrolling.enrolment.id)
        created = parts.passkeys.created(credential, challenge)
        if created is None:
            raise InvalidArgument("passkey_invalid", field="credential")
        if await work.second_factors.knows(created.credential_id):
            raise AlreadyExists("passkey_known")
        passkey = Passkey(
            id=new,
            account_id=account.id,
            credential_id=created.credential_id,
            public_key=created.credential_public_key,
            sign_count=created.sign_count,
            name=shown,
            created_at=enrolling.now,
        )
        codes = await enrolling.add(parts, work, passkey, Change.PASSKEY_ADDED)
        await work.commit()
    log.info("second_factor.passkey_added", account_id=account.id)
    return passkey, codes
