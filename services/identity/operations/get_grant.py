from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.account import Account
from services.identity.domain.grant import Grant
from services.identity.domain.tokens import Purpose
from services.identity.domain.tool import Tool
from services.identity.parts import Parts
from services.identity.redeeming import GrantProof, look_at
from services.identity.storage.grants import of_access_token
from services.platform.errors import NotFound


@dataclass(frozen=True)
class PresentedGrant:
    """A grant by what was presented for it: what that is good for, since when and until when."""

    grant: Grant
    tool: Tool
    account: Account
    scope: str
    issued_at: datetime
    expires_at: datetime


async def get_grant(parts: Parts, proof: GrantProof, *, client_id: str) -> PresentedGrant:
    """Returns the grant of a code or token that works now; for an access token, of whichever client.

    It reads only, but where a code or refresh token was used before: that ends its grant.

    Raises:
        NotFound: not_found.
    """
    if proof.purpose is not Purpose.ACCESS_TOKEN:
        found = await look_at(parts, proof, client_id=client_id)
        expires_at = found.expires_at or found.grant.expires_at
        return PresentedGrant(
            found.grant, found.tool, found.account, found.grant.scope, found.issued_at, expires_at
        )
    identifier = parts.tokens.identifier(proof.purpose, proof.secret)
    row = await of_access_token(parts.database.reader, identifier, at=parts.clock()) if identifier else None
    if row is None:
        raise NotFound("not_found")
    grant, tool, account, pair = row
    if client_id and client_id != grant.client_id:
        raise NotFound("not_found")
    return PresentedGrant(grant, tool, account, pair.scope, pair.issued_at, pair.access_expires_at)
