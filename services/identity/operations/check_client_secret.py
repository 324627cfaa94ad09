from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.identity.domain.client_secret import digest_of
from services.identity.domain.tool import Tool
from services.identity.operations.get_grant import PresentedGrant, get_grant
from services.identity.parts import Parts
from services.identity.redeeming import GrantProof
from services.identity.storage.tools import with_secret
from services.platform.errors import NotFound
from services.platform.rate_limits import Use, require_left


@dataclass(frozen=True)
class ProvenClient:
    """A client whose secret fits, and the grant of what it presents, where that works."""

    tool: Tool
    presented: PresentedGrant | None


async def check_client_secret(
    parts: Parts, *, client_id: str, secret: str, client: str, proof: GrantProof | None
) -> ProvenClient | None:
    """Returns a client by a secret that works now, and None for any other.

    Wrong ones are counted, per tool and client, but for a name that is nobody's: no row is written for it.

    Raises:
        ResourceExhausted: rate_limited, for right ones too.
    """
    guess = Use(
        parts.settings.limit_client_secret_per_tool_and_client,
        ("client_secret", parts.tokens.fingerprint("tool", client_id), parts.of_client(client)),
    )
    async with AsyncSession(parts.database.reader, expire_on_commit=False) as session:
        await require_left(session, guess)
        found = await with_secret(session, client_id, digest_of(secret), at=parts.clock())
    if found is None:
        return None
    tool, fits = found
    if not fits:
        await parts.limits.spend(guess)
        return None
    if proof is None:
        return ProvenClient(tool, None)
    try:
        return ProvenClient(tool, await get_grant(parts, proof, client_id=tool.id))
    except NotFound:
        return ProvenClient(tool, None)
