from services.identity.domain.tokens import is_id
from services.identity.parts import Parts
from services.platform.errors import NotFound


async def revoke_session(parts: Parts, *, account_id: str, session_id: str) -> None:
    """Ends a session of an account, by its identifier. One that has ended already stays as it is.

    Raises:
        NotFound: not_found, also for another account's session.
    """
    if not is_id(session_id):
        raise NotFound("not_found")
    async with parts.database.work() as work:
        session = await work.sessions.get(session_id)
        if session is None or session.account_id != account_id:
            raise NotFound("not_found")
        await work.sessions.end(session_id, at=parts.clock())
        await work.commit()
