from dataclasses import dataclass
from datetime import datetime

from services.identity.claims import CompanyClaims, id_token_claims
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.identity.redeeming import GrantProof, redeemable


@dataclass(frozen=True)
class IssuedTokens:
    """What a tool is given. `refresh_token` is empty where it has none."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    id_token: str
    scope: str


async def issue_tokens(
    parts: Parts, proof: GrantProof, *, client_id: str, scope: str, company: CompanyClaims | None
) -> IssuedTokens:
    """Uses up a code or a refresh token, and issues tokens for it.

    The grant's lock makes several calls at once come one after the other: the second finds what it
    presents used, and ends the grant, the tokens of the first included.

    Raises:
        NotFound: not_found.
    """
    settings, tokens = parts.settings, parts.tokens
    async with parts.database.work() as work:
        found = await redeemable(parts, work, proof, client_id=client_id)
        grant, client = found.grant, found.client
        now = parts.clock()
        refreshes = client.refreshes and "offline_access" in grant.scope.split()
        pair = grant.issue(
            scope=grant.narrowed(scope),
            at=now,
            access_life=settings.access_token_life,
            refresh_life=settings.refresh_token_life if refreshes else None,
        )
        await work.grants.issue(pair, found, at=now)
        key = await work.signing_keys.present(client.id_token_signed_response_alg, at=now)
        access_token = tokens.token(Purpose.ACCESS_TOKEN, pair.id)
        claims = id_token_claims(
            grant,
            found.account,
            issuer=settings.issuer,
            scope=pair.scope,
            company=company,
            access_token=access_token,
            first=proof.purpose is Purpose.AUTHORIZATION_CODE,
            at=now,
            expires_at=pair.access_expires_at,
        )
        id_token = parts.signer.sign(key, "JWT", claims)
        await work.commit()
    return IssuedTokens(
        access_token=access_token,
        access_expires_at=pair.access_expires_at,
        refresh_token=tokens.token(Purpose.REFRESH_TOKEN, pair.id) if refreshes else "",
        id_token=id_token,
        scope=pair.scope,
    )
