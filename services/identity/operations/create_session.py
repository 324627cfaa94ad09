from dataclasses import dataclass

import structlog

from guichet.identity.v1.identity_service_pb2 import CreateSessionRequest
from services.identity.domain.account import Account
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.session import Origin, Session
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.storage.lookups import sign_in_candidate
from services.platform.errors import AlreadyExists, InvalidArgument, PermissionDenied, Unauthenticated
from services.platform.idempotency import Once, claim
from services.platform.rate_limits import Use

log = structlog.get_logger()


@dataclass(frozen=True)
class SignedIn:
    """A session, with the secret that stands for it."""

    token: str
    session: Session
    account: Account


async def create_session(
    parts: Parts, *, email: str, password: str, idempotency_key: str, origin: Origin
) -> SignedIn:
    """Signs in. An unknown address and a wrong password get the same answer after the same work.

    Every try is counted before the password is looked at, and taken back when it was right: guessing is
    limited, signing in is not. A client from which the account has signed in before is not held up by
    what others guess.

    Raises:
        Unauthenticated: invalid_credentials.
        PermissionDenied: email_not_verified, after the right password.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused, where the key's session has ended since.
    """
    try:
        address = EmailAddress.parse(email)
    except InvalidArgument:
        address = None
    settings = parts.settings
    client_mark = parts.of_client(origin.client)
    address_mark = parts.of_address(address) if address else "none"
    candidate = await sign_in_candidate(
        parts.database, email_key=address.key if address else "", client=client_mark
    )
    uses = [
        Use(settings.limit_sign_in_per_client, ("sign_in_client", client_mark)),
        Use(settings.limit_sign_in_per_address_and_client, ("sign_in", address_mark, client_mark)),
    ]
    if not candidate.client_known:
        uses.append(Use(settings.limit_sign_in_per_address, ("sign_in_address", address_mark)))
    await parts.limits.spend(*uses)

    if not await parts.passwords.matches(candidate.password_hash, password) or address is None:
        log.info("session.refused", client_known=candidate.client_known)
        raise Unauthenticated("invalid_credentials")

    now = parts.clock()
    async with parts.database.work() as work:
        await parts.limits.give_back(work.session, *uses)
        # The lock makes a password that is being changed, which ends the sessions, come before or after.
        account = await work.accounts.locked(email_key=address.key)
        if account is None or (account.verified and account.password_hash != candidate.password_hash):
            raise Unauthenticated("invalid_credentials")
        if not account.verified:
            await work.commit()
            raise PermissionDenied("email_not_verified")
        session = Session.start(account, at=now, life=settings.session_life, origin=origin)
        # The password stays out of the fingerprint that is stored with the key: a fast digest of it
        # would undo its slow one.
        once = Once(account.id, idempotency_key, CreateSessionRequest(email=address.key))
        earlier_id = await claim(work.session, once, session.id)
        if earlier_id is None:
            work.sessions.add(session)
            account.last_sign_in_at = now
        else:
            earlier = await work.sessions.get(earlier_id)
            if earlier is None or not earlier.is_open(now):
                raise AlreadyExists("idempotency_key_reused", field="Idempotency-Key")
            session = earlier
        await work.known_clients.remember(account.id, client_mark, at=now)
        await work.commit()
    log.info("session.created", account_id=account.id, session_id=session.id)
    return SignedIn(parts.tokens.token(Purpose.SESSION, session.id), session, account)
