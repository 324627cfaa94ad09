import structlog

from guichet.identity.v1.identity_service_pb2 import CreateSessionRequest
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.second_factor import PASSWORD
from services.identity.domain.session import Origin
from services.identity.parts import Parts
from services.identity.sign_in import Challenged, SignedIn, challenged, signed_in
from services.identity.storage.lookups import sign_in_candidate
from services.platform.errors import InvalidArgument, PermissionDenied, Unauthenticated
from services.platform.idempotency import Once
from services.platform.rate_limits import Use

log = structlog.get_logger()


async def create_session(
    parts: Parts, *, email: str, password: str, idempotency_key: str, origin: Origin, present_token: str = ""
) -> SignedIn | Challenged:
    """Signs in, or asks for the second factor where the account has one.

    An unknown address and a wrong password get the same answer after the same work.

    Every try is counted before the password is looked at, and taken back when it was right: guessing is
    limited, signing in is not. A client from which the account has signed in before is not held up by
    what others guess.

    Raises:
        Unauthenticated: invalid_credentials.
        PermissionDenied: email_not_verified, after the right password.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused, where the key's session or challenge is over.
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
        # The password stays out of the fingerprint that is stored with the key: a fast digest of it
        # would undo its slow one.
        once = Once(account.id, idempotency_key, CreateSessionRequest(email=address.key))
        factor = await work.second_factors.of(account.id)
        if factor.on:
            answer: SignedIn | Challenged = await challenged(parts, work, account, factor, once=once, at=now)
        else:
            answer = await signed_in(
                parts,
                work,
                account,
                once=once,
                origin=origin,
                amr=(PASSWORD,),
                present_token=present_token,
                at=now,
            )
        await work.commit()
    log.info("session.password_right", account_id=account.id, second_factor=factor.on)
    return answer
