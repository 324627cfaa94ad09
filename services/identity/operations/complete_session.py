import structlog

from guichet.identity.v1.identity_service_pb2 import CompleteSessionRequest
from services.identity.domain.second_factor import Method
from services.identity.domain.session import Origin
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.proofs import Proof, guesses, holds
from services.identity.sign_in import SignedIn, signed_in
from services.identity.storage.lookups import challenge_of
from services.platform.errors import InvalidArgument, Unauthenticated
from services.platform.idempotency import Once, earlier
from services.platform.rate_limits import Use

log = structlog.get_logger()

FIELDS = {
    Method.TOTP: "totp_code",
    Method.RECOVERY_CODE: "recovery_code",
    Method.PASSKEY: "passkey_assertion",
}


async def complete_session(
    parts: Parts,
    *,
    challenge_token: str,
    proof: Proof,
    idempotency_key: str,
    origin: Origin,
    present_token: str = "",
) -> SignedIn:
    """Signs in with the second factor.

    Every try is counted before the proof is looked at, and taken back when it was right. The account's
    lock makes two calls with one challenge, or with one code, come one after the other: the second finds
    it used.

    Raises:
        Unauthenticated: challenge_expired, for a challenge that is over or never was.
        InvalidArgument: second_factor_invalid, which leaves the challenge open.
        ResourceExhausted: rate_limited.
        AlreadyExists: idempotency_key_reused.
    """
    challenge_id = parts.tokens.identifier(Purpose.SESSION_CHALLENGE, challenge_token)
    seen = await challenge_of(parts.database, challenge_id) if challenge_id else None
    if seen is None:
        raise Unauthenticated("challenge_expired")
    # A challenge that is over lets nobody guess: what comes with it, a repeat most likely, is not counted.
    uses = counted(parts, seen.account_id, origin) if seen.is_open(parts.clock()) else []
    await parts.limits.spend(*uses)

    async with parts.database.work() as work:
        account = await work.accounts.locked_by_id(seen.account_id)
        challenge = await work.session_challenges.get(seen.id)
        if account is None or challenge is None:
            raise Unauthenticated("challenge_expired")
        shown = parts.tokens.fingerprint("proof", f"{proof.method}|{proof.content}")
        once = Once(
            account.id,
            idempotency_key,
            CompleteSessionRequest(challenge_token=challenge.id, totp_code=shown),
        )
        now = parts.clock()
        if challenge.is_open(now):
            if not await holds(parts, work, account, challenge, proof):
                log.info("session.second_factor_refused", account_id=account.id, method=proof.method)
                raise InvalidArgument("second_factor_invalid", field=FIELDS[proof.method])
            challenge.ended_at = now
        elif not idempotency_key or await earlier(work.session, once) is None:
            raise Unauthenticated("challenge_expired")
        answer = await signed_in(
            parts,
            work,
            account,
            once=once,
            origin=origin,
            amr=proof.method.amr,
            present_token=present_token,
            at=now,
        )
        await parts.limits.give_back(work.session, *uses)
        await work.commit()
    log.info("session.completed", account_id=account.id, method=proof.method)
    return answer


def counted(parts: Parts, account_id: str, origin: Origin) -> list[Use]:
    client = ("sign_in_client", parts.of_client(origin.client))
    return [Use(parts.settings.limit_sign_in_per_client, client), guesses(parts, account_id)]
