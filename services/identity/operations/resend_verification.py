from datetime import datetime

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.even_time import even_time
from services.identity.parts import Parts
from services.identity.storage.lookups import was_answered
from services.identity.verification_mails import VerificationMails
from services.platform.idempotency import Once
from services.platform.rate_limits import Use, spend


async def resend_verification(parts: Parts, *, email: str, client: str, once: Once) -> datetime:
    """Mails a new link and code to an address that waits for verification; the same for every address.

    Returns from when it may be asked again.

    Where several people signed up with the address, nobody knows which of them asks: the new mail proves
    the address, but gives none of their passwords (see verify_account).

    Raises:
        InvalidArgument: email_invalid.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused.
    """
    address = EmailAddress.parse(email)
    mails = VerificationMails(parts, address)
    if await was_answered(parts.database, once):
        return await mails.next_at()
    await parts.limits.spend(
        Use(parts.settings.limit_mail_per_client, ("resend", parts.of_client(client))),
        mails.asked,
    )
    now = parts.clock()
    async with even_time(), parts.database.work() as work:
        if await work.repeats(once):
            return await mails.next_at()
        # Here, where a repeat of the same call never comes: it must not be held up by itself.
        await spend(work.session, mails.countdown)
        account = await work.accounts.locked(email_key=address.key)
        if account is None or account.verified:
            await parts.workflow_engine_answers()
        else:
            sign_ups = await work.sign_ups.of(account)
            work.notices.add(
                Notice.create(
                    NoticeKind.ACCOUNT_VERIFICATION,
                    account,
                    at=now,
                    life=parts.settings.verification_life,
                    sign_up=sign_ups[0] if len(sign_ups) == 1 else None,
                )
            )
        await work.commit()
    return await mails.next_at()
