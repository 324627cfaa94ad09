from services.identity.domain.second_factor import Enrolment, EnrolmentKind
from services.identity.parts import Parts
from services.identity.password_proof import prove_password


async def begin_totp(
    parts: Parts, *, account_id: str, session_id: str, password: str, client: str
) -> tuple[Enrolment, str]:
    """Begins to add an authenticator application; returns the enrolment and the account's address.

    Raises:
        InvalidArgument: password_wrong.
        FailedPrecondition: totp_already_on.
        ResourceExhausted: rate_limited.
    """
    proven = await prove_password(parts, account_id=account_id, password=password, client=client)
    async with parts.database.work() as work:
        account = await proven.locked(work)
        (await work.second_factors.of(account.id)).require_room_for(EnrolmentKind.TOTP)
        life = parts.settings.enrolment_life
        enrolment = Enrolment.begin(
            account, EnrolmentKind.TOTP, session_id=session_id, at=parts.clock(), life=life
        )
        await work.second_factors.begin(enrolment)
        await work.commit()
    return enrolment, account.email
