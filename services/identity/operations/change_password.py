import structlog

from guichet.identity.v1.identity_service_pb2 import ChangePasswordRequest
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.domain.session import Session
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.password_proof import ProvenPassword, prove_password
from services.platform.errors import DomainError, InvalidArgument, Unauthenticated
from services.platform.idempotency import Once, claim, earlier

log = structlog.get_logger()


async def change_password(
    parts: Parts,
    *,
    token: str,
    current_password: str,
    new_password: str,
    client: str,
    idempotency_key: str,
) -> tuple[str, Session]:
    """Changes a password in a session, and returns the session with its new secret.

    Every other session ends, with its sign-ons to tools, and so does the secret that this one had: whoever
    knew it, or the password, is out of the portal. The sign-ons of this session go on. The owner is told by
    mail. A repeat comes with the old secret and the old password, both over by then: its key returns the
    session of the first call, for as long as that one is open.

    Raises:
        InvalidArgument: password_wrong, on current_password; what check_password raises, on new_password;
            both at once.
        Unauthenticated: unauthenticated, session_expired.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused.
    """
    present = await session_of(parts, token)
    chosen = parts.tokens.fingerprint("password", f"{current_password}|{new_password}")
    request = ChangePasswordRequest(token=present.id, new_password=chosen)
    once = Once(present.account_id, idempotency_key, request)
    try:
        session = await changed(
            parts,
            present,
            current_password=current_password,
            new_password=new_password,
            client=client,
            once=once,
        )
    except DomainError:
        repeated = await earlier_session(parts, once)
        if repeated is None:
            raise
        session = repeated
    return parts.tokens.token(Purpose.SESSION, session.id), session


async def session_of(parts: Parts, token: str) -> Session:
    """Returns the session of a secret, also one that has ended."""
    session_id = parts.tokens.identifier(Purpose.SESSION, token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    async with parts.database.work() as work:
        session = await work.sessions.get(session_id)
    if session is None:
        raise Unauthenticated("session_expired")
    return session


async def changed(
    parts: Parts, present: Session, *, current_password: str, new_password: str, client: str, once: Once
) -> Session:
    if not present.is_open(parts.clock()):
        raise Unauthenticated("session_expired")
    try:
        proven = await prove_password(
            parts,
            account_id=present.account_id,
            password=current_password,
            client=client,
            field="current_password",
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
        locked = await work.sessions.get(present.id)
        if locked is None or not locked.is_open(now):
            raise Unauthenticated("session_expired")
        account.choose_password(password_hash, at=now)
        await work.sessions.end_all(account, at=now, but=present.id)
        await work.session_challenges.end_all(account, at=now)
        session = locked.under_a_new_secret(at=now)
        await claim(work.session, once, session.id)
        work.sessions.add(session)
        await work.notices.end(account, NoticeKind.PASSWORD_RESET, at=now)
        work.notices.add(Notice.create(NoticeKind.PASSWORD_CHANGED, account, at=now))
        await work.commit()
    log.info("account.password_changed", account_id=account.id)
    return session


async def earlier_session(parts: Parts, once: Once) -> Session | None:
    """Returns the session that an earlier call with the key returned, if it is still open."""
    async with parts.database.work() as work:
        session_id = await earlier(work.session, once) if once.key else None
        session = await work.sessions.get(session_id) if session_id else None
    return session if session is not None and session.is_open(parts.clock()) else None


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
