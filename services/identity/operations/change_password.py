import structlog

from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.session import Session
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.password_proof import ProvenPassword, prove_password
from services.platform.errors import InvalidArgument, Unauthenticated

log = structlog.get_logger()


async def change_password(
    parts: Parts, *, account_id: str, token: str, current_password: str, new_password: str, client: str
) -> tuple[str, Session]:
    """Changes a password in a session, and returns the session with its new secret.

    Every other session ends, and so does the secret that this one had: whoever knew it, or the password,
    is out. The owner is told by mail.

    Raises:
        InvalidArgument: password_wrong, on current_password; what check_password raises, on new_password;
            both at once.
        Unauthenticated: unauthenticated, session_expired.
        ResourceExhausted: rate_limited.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    try:
        proven = await prove_password(
            parts, account_id=account_id, password=current_password, client=client, field="current_password"
        )
    except InvalidArgument as wrong:
        also_wrong = await fault_of(parts, new_password)
        raise InvalidArgument.together([wrong, also_wrong] if also_wrong else [wrong]) from None
    weak = await fault_of(parts, new_password, owner=proven)
    if weak:
        raise weak
    password_hash = await parts.passwords.hash(new_password)

    async with parts.database.work() as work:
        account = await proven.locked(work)
        now = parts.clock()
        present = await work.sessions.get(session_id)
        if present is None or present.account_id != account.id or not present.is_open(now):
            raise Unauthenticated("session_expired")
        account.choose_password(password_hash, at=now)
        await work.sessions.end_all(account, at=now, but=session_id)
        await work.session_challenges.end_all(account, at=now)
        session = present.under_a_new_secret(at=now)
        work.sessions.add(session)
        await work.notices.end(account, NoticeKind.PASSWORD_RESET, at=now)
        work.notices.add(Notice.create(NoticeKind.PASSWORD_CHANGED, account, at=now))
        await work.commit()
    log.info("account.password_changed", account_id=account.id)
    return parts.tokens.token(Purpose.SESSION, session.id), session


async def fault_of(
    parts: Parts, password: str, *, owner: ProvenPassword | None = None
) -> InvalidArgument | None:
    """Returns what is wrong with a new password, as far as that shows without knowing its owner."""
    email, full_name = (owner.email, owner.full_name) if owner else (None, "")
    try:
        await parts.passwords.check(password, email=email, full_name=full_name)
    except InvalidArgument as error:
        return InvalidArgument(error.reason, field="new_password")
    return None
