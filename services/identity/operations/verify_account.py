import structlog

from services.identity.domain.account import Account
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.tokens import Purpose
from services.identity.even_time import even_time
from services.identity.parts import Parts
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import InvalidArgument
from services.platform.rate_limits import Use

log = structlog.get_logger()


async def verify_account(parts: Parts, *, token: str, email: str, code: str, client: str) -> str:
    """Verifies an address by a mail's link or code, and returns the account's id.

    The sign-up whose mail was followed becomes the account's. A mail that stands for none, because
    several people signed up, leaves the account without a password, and owes its owner a mail to choose
    one. On an account that is verified already this changes nothing.

    Raises:
        InvalidArgument: verification_invalid, whatever is wrong.
        ResourceExhausted: rate_limited, for codes.
    """
    if token:
        return await verify_by_token(parts, token)
    return await verify_by_code(parts, email=email, code=code, client=client)


async def verify_by_token(parts: Parts, token: str) -> str:
    notice_id = parts.tokens.identifier(Purpose.ACCOUNT_VERIFICATION, token)
    if notice_id is None:
        raise InvalidArgument("verification_invalid", field="token")
    async with parts.database.work() as work:
        account = await work.accounts.locked_of_notice(notice_id)
        notice = await work.notices.get(notice_id)
        if account is None or notice is None or not (notice.has_worked() or notice.is_open(parts.clock())):
            raise InvalidArgument("verification_invalid", field="token")
        await follow(parts, work, account, notice)
        return account.id


async def verify_by_code(parts: Parts, *, email: str, code: str, client: str) -> str:
    """Tries a code on every mail that waits for one. Each bears so many wrong codes, then only its link
    works: a stranger who guesses can wear out the code, not the account.
    """
    try:
        address = EmailAddress.parse(email)
    except InvalidArgument:
        raise InvalidArgument("verification_invalid", field="code") from None
    settings = parts.settings
    await parts.limits.spend(
        Use(settings.limit_verification_per_client, ("code", parts.of_client(client))),
        Use(settings.limit_verification_per_address, ("code_address", parts.of_address(address))),
    )
    async with even_time(), parts.database.work() as work:
        account = await work.accounts.locked(email_key=address.key)
        if account is not None:
            now = parts.clock()
            notices = await work.notices.of(account, NoticeKind.ACCOUNT_VERIFICATION)
            waiting = [notice for notice in notices if notice.takes_codes(now)]
            for notice in waiting:
                if parts.tokens.code_matches(Purpose.ACCOUNT_VERIFICATION, notice.id, code):
                    await follow(parts, work, account, notice)
                    return account.id
            for notice in waiting:
                notice.count_wrong_code()
            await work.commit()
    raise InvalidArgument("verification_invalid", field="code")


async def follow(parts: Parts, work: UnitOfWork, account: Account, notice: Notice) -> None:
    if account.verified:
        return
    now = parts.clock()
    account.verify(await work.sign_ups.get(notice.sign_up_id), at=now)
    notice.use(at=now)
    if not account.password_hash:
        life = parts.settings.password_reset_life
        work.notices.add(Notice.create(NoticeKind.PASSWORD_RESET, account, at=now, life=life))
    await work.session.flush()
    await work.sign_ups.forget(account)
    await work.commit()
    log.info("account.verified", account_id=account.id)
