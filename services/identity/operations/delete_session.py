from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.platform.errors import Unauthenticated


async def delete_session(parts: Parts, *, token: str) -> None:
    """Signs out. A session that has ended already stays as it is.

    Raises:
        Unauthenticated: unauthenticated, for a token that no session was ever given.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    async with parts.database.work() as work:
        await work.sessions.end(session_id, at=parts.clock())
        await work.commit()
