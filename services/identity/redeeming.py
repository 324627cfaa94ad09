"""What a tool presents for a grant, looked at under a lock."""

from dataclasses import dataclass

from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.storage.grants import Redeemable
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import NotFound


@dataclass(frozen=True)
class GrantProof:
    """A code or a token."""

    purpose: Purpose
    secret: str


async def redeemable(parts: Parts, work: UnitOfWork, proof: GrantProof, *, client_id: str) -> Redeemable:
    """Returns the grant of a code or a refresh token that works now, locked.

    One that was used before ends its grant here, committed: one of its two bearers has stolen it, and
    nobody can tell which.

    Raises:
        NotFound: not_found.
    """
    identifier = parts.tokens.identifier(proof.purpose, proof.secret)
    if identifier is None:
        raise NotFound("not_found")
    match proof.purpose:
        case Purpose.AUTHORIZATION_CODE:
            found = await work.grants.locked_by_code(identifier)
        case Purpose.REFRESH_TOKEN:
            found = await work.grants.locked_by_tokens(identifier)
        case _:
            raise NotFound("not_found")
    now = parts.clock()
    if found is None or found.tool.signs_on is None:
        raise NotFound("not_found")
    if found.grant.client_id != client_id or not found.grant.is_open(now):
        raise NotFound("not_found")
    if found.used_at is not None:
        await work.grants.end(found.grant.id, at=now)
        await work.commit()
        raise NotFound("not_found")
    if found.expires_at is None or found.expires_at <= now:
        raise NotFound("not_found")
    return found
