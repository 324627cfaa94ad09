"""What a tool presents for a grant: looked at, or locked and then used up."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.storage.grants import Grants, Redeemable
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import NotFound

Find = Callable[[str], Awaitable[Redeemable | None]]


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
    by = {
        Purpose.AUTHORIZATION_CODE: work.grants.locked_by_code,
        Purpose.REFRESH_TOKEN: work.grants.locked_by_tokens,
    }
    found = await good_or_used(parts, by, proof, client_id=client_id)
    if found.used_at is not None:
        await work.grants.end(found.grant.id, at=parts.clock())
        await work.commit()
        raise NotFound("not_found")
    return found


async def look_at(parts: Parts, proof: GrantProof, *, client_id: str) -> Redeemable:
    """Returns what `redeemable` does, in one round trip, without a lock: whoever redeems it looks again.

    Raises:
        NotFound: not_found.
    """
    async with AsyncSession(parts.database.reader) as session:
        grants = Grants(session)
        by = {Purpose.AUTHORIZATION_CODE: grants.by_code, Purpose.REFRESH_TOKEN: grants.by_tokens}
        found = await good_or_used(parts, by, proof, client_id=client_id)
    if found.used_at is None:
        return found
    async with parts.database.work() as work:
        return await redeemable(parts, work, proof, client_id=client_id)


async def good_or_used(
    parts: Parts, by: Mapping[Purpose, Find], proof: GrantProof, *, client_id: str
) -> Redeemable:
    """Returns the open grant of a client's code or refresh token that works, or worked once.

    Raises:
        NotFound: not_found.
    """
    identifier = parts.tokens.identifier(proof.purpose, proof.secret)
    find = by.get(proof.purpose)
    found = await find(identifier) if find and identifier else None
    now = parts.clock()
    if found is None or found.tool.signs_on is None:
        raise NotFound("not_found")
    if found.grant.client_id != client_id or not found.grant.is_open(now):
        raise NotFound("not_found")
    if found.used_at is None and (found.expires_at is None or found.expires_at <= now):
        raise NotFound("not_found")
    return found
