"""How a sign-in ends: with a session, by whichever way it was proven."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.account import Account
from services.identity.domain.second_factor import SecondFactor, SessionChallenge
from services.identity.domain.session import Origin, Session
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import AlreadyExists
from services.platform.idempotency import Once, claim


@dataclass(frozen=True)
class SignedIn:
    """A session, with the secret that stands for it."""

    token: str
    session: Session
    account: Account


@dataclass(frozen=True)
class Challenged:
    """A sign-in that waits for the second factor."""

    challenge: SessionChallenge
    second_factor: SecondFactor


async def signed_in(
    parts: Parts,
    work: UnitOfWork,
    account: Account,
    *,
    once: Once,
    origin: Origin,
    amr: tuple[str, ...],
    present_token: str,
    at: datetime,
) -> SignedIn:
    """Starts a session, or returns the one that an earlier call with the same key started.

    The present session is over then: the account's own goes on in the new one, another's ends.

    Raises:
        AlreadyExists: idempotency_key_reused, where the key's session has ended since.
    """
    session = Session.start(account, at=at, life=parts.settings.session_life, origin=origin, amr=amr)
    earlier_id = await claim(work.session, once, session.id)
    if earlier_id is None:
        present_id = parts.tokens.identifier(Purpose.SESSION, present_token)
        present = await work.sessions.locked(present_id) if present_id else None
        if present is not None and present.is_open(at):
            if present.account_id == account.id:
                session.continues(present, at=at)
            else:
                await work.sessions.end(present.id, at=at)
        work.sessions.add(session)
        account.last_sign_in_at = at
    else:
        earlier = await work.sessions.get(earlier_id)
        if earlier is None or not earlier.is_open(at):
            raise AlreadyExists("idempotency_key_reused", field="Idempotency-Key")
        session = earlier
    await work.known_clients.remember(account.id, parts.of_client(origin.client), at=at)
    return SignedIn(parts.tokens.token(Purpose.SESSION, session.id), session, account)


async def challenged(
    parts: Parts, work: UnitOfWork, account: Account, factor: SecondFactor, *, once: Once, at: datetime
) -> Challenged:
    """Starts a challenge, or returns the one that an earlier call with the same key started.

    Raises:
        AlreadyExists: idempotency_key_reused, where the key's challenge is over.
    """
    challenge = SessionChallenge.start(account, at=at, life=parts.settings.session_challenge_life)
    earlier_id = await claim(work.session, once, challenge.id)
    if earlier_id is None:
        work.session_challenges.add(challenge)
    else:
        earlier = await work.session_challenges.get(earlier_id)
        if earlier is None or not earlier.is_open(at):
            raise AlreadyExists("idempotency_key_reused", field="Idempotency-Key")
        challenge = earlier
    return Challenged(challenge, factor)
