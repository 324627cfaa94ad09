from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.even_time import even_time
from services.identity.parts import Parts
from services.identity.storage.lookups import was_answered
from services.platform.idempotency import Once
from services.platform.rate_limits import Use


async def request_password_reset(parts: Parts, *, email: str, client: str, once: Once) -> None:
    """Mails a link to choose a new password; the same for every address. Older links stop working.

    An address that waits for verification gets one too: following it proves the address as well.

    Raises:
        InvalidArgument: email_invalid.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused.
    """
    address = EmailAddress.parse(email)
    if await was_answered(parts.database, once):
        return
    settings = parts.settings
    await parts.limits.spend(
        Use(settings.limit_mail_per_client, ("reset", parts.of_client(client))),
        Use(settings.limit_mail_per_address, ("reset_address", parts.of_address(address))),
    )
    now = parts.clock()
    async with even_time(), parts.database.work() as work:
        if await work.repeats(once):
            return
        account = await work.accounts.locked(email_key=address.key)
        if account is None:
            await parts.workflow_engine_answers()
        else:
            await work.notices.end(account, NoticeKind.PASSWORD_RESET, at=now)
            life = settings.password_reset_life
            work.notices.add(Notice.create(NoticeKind.PASSWORD_RESET, account, at=now, life=life))
        await work.commit()
