import structlog

from services.identity.domain.grant import Grant
from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.platform.errors import NotFound, Unauthenticated

log = structlog.get_logger()


async def create_grant(
    parts: Parts,
    *,
    session_token: str,
    client_id: str,
    redirect_uri: str,
    scope: str,
    code_challenge: str,
    nonce: str,
    siren: str,
    consented: bool,
) -> str:
    """Grants a sign-on to a tool, of what is asked for and its client may have, and returns the code.

    Raises:
        Unauthenticated: unauthenticated, session_expired.
        NotFound: not_found, for a tool that is no client now, or an address that is not the client's.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, session_token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    async with parts.database.work() as work:
        # The session's lock lets it end before, and refuse, or after, and end this grant too.
        session = await work.sessions.shared(session_id)
        now = parts.clock()
        if session is None or not session.is_open(now):
            raise Unauthenticated("session_expired")
        tool = await work.tools.get(client_id)
        client = tool.signs_on if tool else None
        if client is None or redirect_uri not in client.redirect_uris:
            raise NotFound("not_found")
        scopes = [one for one in dict.fromkeys(scope.split()) if one in client.scopes]
        grant = Grant.create(
            session,
            client_id=client_id,
            siren=siren,
            scope=" ".join(scopes),
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            nonce=nonce,
            at=now,
        )
        work.grants.add(grant)
        if consented:
            await work.grants.remember_consent(session.account_id, client_id, scopes, at=now)
        await work.commit()
    log.info("grant.created", grant_id=grant.id, client_id=client_id, account_id=grant.account_id)
    return parts.tokens.token(Purpose.AUTHORIZATION_CODE, grant.id)
