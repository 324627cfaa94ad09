import structlog

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.password_proof import prove_password
from services.identity.storage.lookups import notice_with_account
from services.platform.errors import InvalidArgument, NotFound
from services.platform.rate_limits import Use

log = structlog.get_logger()


async def confirm_password_reset(parts: Parts, *, token: str, password: str, client: str) -> None:
    """Sets a new password by a mail's link, ends every session of the account, and tells its owner.

    The link works once; the same call delivered twice, with the same password, is answered the same, and
    other passwords count as sign-ins that failed: a used link tells nobody more than the sign-in page. The
    client is known to the account from then on, and starts afresh with its limits.

    Raises:
        InvalidArgument: reset_invalid; what check_password raises, which leaves the link working.
        ResourceExhausted: rate_limited, for a link that was used.
    """
    notice_id = parts.tokens.identifier(Purpose.PASSWORD_RESET, token)
    if notice_id is None:
        raise InvalidArgument("reset_invalid", field="token")
    try:
        seen, owner = await notice_with_account(parts.database, notice_id)
    except NotFound:
        raise InvalidArgument("reset_invalid", field="token") from None
    if seen.is_fresh(parts.clock()) and seen.has_worked():
        try:
            await prove_password(parts, account_id=owner.id, password=password, client=client)
        except InvalidArgument:
            raise InvalidArgument("reset_invalid", field="token") from None
        return
    if not seen.is_open(parts.clock()):
        raise InvalidArgument("reset_invalid", field="token")
    address = EmailAddress.parse(owner.email)
    await parts.passwords.check(password, email=address, full_name=owner.full_name)
    password_hash = await parts.passwords.hash(password)

    client_mark = parts.of_client(client)
    async with parts.database.work() as work:
        account = await work.accounts.locked_of_notice(notice_id)
        notice = await work.notices.get(notice_id)
        now = parts.clock()
        if account is None or notice is None or not notice.is_open(now):
            raise InvalidArgument("reset_invalid", field="token")
        account.choose_password(password_hash, at=now)
        notice.use(at=now)
        await work.session.flush()
        await work.notices.end(account, NoticeKind.PASSWORD_RESET, at=now)
        await work.sign_ups.forget(account)
        await work.sessions.end_all(account, at=now)
        await work.session_challenges.end_all(account, at=now)
        await work.known_clients.remember(account.id, client_mark, at=now)
        held_up = ("sign_in", parts.of_address(address), client_mark)
        await parts.limits.forget(
            work.session, Use(parts.settings.limit_sign_in_per_address_and_client, held_up)
        )
        work.notices.add(Notice.create(NoticeKind.PASSWORD_CHANGED, account, at=now))
        await work.commit()
    log.info("account.password_reset", account_id=account.id)
