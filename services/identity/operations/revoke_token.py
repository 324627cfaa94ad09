from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts


async def revoke_token(parts: Parts, *, token: str, client_id: str) -> None:
    """Ends a refresh token with its grant, or an access token alone. Any other token is passed over.

    The tool is not told of it: it has asked for it, and its people have not signed out.
    """
    refresh_id = parts.tokens.identifier(Purpose.REFRESH_TOKEN, token)
    pair_id = refresh_id or parts.tokens.identifier(Purpose.ACCESS_TOKEN, token)
    if pair_id is None:
        return
    async with parts.database.work() as work:
        found = await work.grants.locked_by_tokens(pair_id)
        if found is None or found.pair is None or found.grant.client_id != client_id:
            return
        now = parts.clock()
        if refresh_id:
            found.grant.ended_at = found.grant.ended_at or now
        else:
            found.pair.access_ended_at = found.pair.access_ended_at or now
        await work.commit()
