from datetime import datetime, timedelta

import structlog

from services.identity.domain.account import Account, SignUp, parse_locale
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.full_name import parse_full_name
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.parts import Parts
from services.identity.storage.lookups import newest_sign_up, was_answered
from services.identity.storage.unit_of_work import UnitOfWork
from services.identity.verification_mails import VerificationMails
from services.platform.errors import InvalidArgument, Unavailable, checked
from services.platform.idempotency import Once
from services.platform.rate_limits import Use

log = structlog.get_logger()


async def create_account(
    parts: Parts, *, email: str, full_name: str, password: str, locale: str, client: str, once: Once
) -> datetime:
    """Creates an account that waits for its owner to follow a mail; the same for every address.

    Whether the address is free or taken, two passwords are hashed and one mail is owed. A verified
    account is left alone, and its owner told.

    An address that somebody signed up with and nobody verified is claimed by several people, of whom one
    owns the mailbox, and nobody can tell which. Overwriting the first sign-up would let a stranger choose
    the password of whoever verifies next; keeping it would let a stranger who came first do so. Each
    sign-up therefore keeps its own name and password beside the account, its mail names it, and
    following that mail makes this one count and drops the others. The same password again is the same
    person: the sign-up is renewed, and a mail sent less than a minute ago is not doubled. Returns from when
    another mail may be asked for.

    Raises:
        InvalidArgument: see EmailAddress.parse, parse_full_name, check_password and parse_locale; all that
            is wrong together.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused.
    """
    errors: list[InvalidArgument] = []
    address = checked(errors, EmailAddress.parse, email)
    name = checked(errors, parse_full_name, full_name)
    language = checked(errors, parse_locale, locale)
    try:
        await parts.passwords.check(password, email=address, full_name=name or "")
    except InvalidArgument as error:
        errors.append(error)
    if errors or address is None or name is None or language is None:
        raise InvalidArgument.together(errors)
    mails = VerificationMails(parts, address)
    if await was_answered(parts.database, once):
        return await mails.next_at()
    settings = parts.settings
    await parts.limits.spend(
        Use(settings.limit_sign_up_per_client, ("sign_up", parts.of_client(client))),
        Use(settings.limit_sign_up_per_address, ("sign_up_address", parts.of_address(address))),
    )

    compared = await newest_sign_up(parts.database, email_key=address.key)
    same_password = await parts.passwords.matches(compared.password_hash if compared else None, password)
    password_hash = await parts.passwords.hash(password)
    now = parts.clock()

    async with parts.database.work() as work:
        if await work.repeats(once):
            return await mails.next_at()
        await mails.start_countdown(work.session)
        account = Account.create(address, full_name=name, locale=language, at=now)
        if not await work.accounts.added(account):
            taken = await work.accounts.locked(email_key=address.key)
            if taken is None:
                raise Unavailable("account_is_being_forgotten", retry_after=timedelta(seconds=1))
            account = taken

        if account.verified:
            work.notices.add(Notice.create(NoticeKind.ACCOUNT_EXISTS, account, at=now))
        else:
            sign_up = account.sign_up(full_name=name, locale=language, password_hash=password_hash, at=now)
            newest = next(iter(await work.sign_ups.of(account)), None)
            if newest is not None and (compared is None or newest.id != compared.id):
                # Somebody signed up with this address in the meantime: a double click, most likely.
                same_password = await parts.passwords.matches(newest.password_hash, password)
            if newest is not None and same_password:
                newest.renew(full_name=name, locale=language)
                sign_up = newest
            else:
                work.sign_ups.add(sign_up)
            if not await mailed_just_now(work, sign_up, account, at=now):
                life = settings.verification_life
                work.notices.add(
                    Notice.create(
                        NoticeKind.ACCOUNT_VERIFICATION, account, at=now, life=life, sign_up=sign_up
                    )
                )
        await work.commit()
    log.info("account.signed_up", account_id=account.id)
    return await mails.next_at()


async def mailed_just_now(work: UnitOfWork, sign_up: SignUp, account: Account, *, at: datetime) -> bool:
    notices = await work.notices.of(account, NoticeKind.ACCOUNT_VERIFICATION)
    return any(notice.sign_up_id == sign_up.id and notice.is_recent(at) for notice in notices)
