from services.identity.domain.second_factor import Enrolment, EnrolmentKind
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.proofs import PASSKEY_CHALLENGE


async def begin_passkey(
    parts: Parts, *, account_id: str, session_id: str, password: str, client: str
) -> tuple[Enrolment, str]:
    """Begins to add a passkey; returns the enrolment, and what the browser creates the passkey with.

    Raises:
        InvalidArgument: password_wrong.
        FailedPrecondition: too_many_passkeys.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        factor = await work.second_factors.of(account.id)
        factor.require_room_for(EnrolmentKind.PASSKEY)
        life = parts.settings.enrolment_life
        enrolment = Enrolment.begin(
            account, EnrolmentKind.PASSKEY, session_id=session_id, at=parts.clock(), life=life
        )
        await work.second_factors.begin(enrolment)
        await work.commit()
    challenge = parts.tokens.derived(PASSKEY_CHALLENGE, enrolment.id)
    return enrolment, parts.passkeys.creation_options(account, factor.passkeys, challenge)
