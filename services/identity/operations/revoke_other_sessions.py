from services.identity.domain.tokens import Purpose
from services.identity.parts import Parts
from services.platform.errors import Unauthenticated


async def revoke_other_sessions(parts: Parts, *, account_id: str, token: str) -> int:
    """Ends every session of an account but the one with this secret, and returns how many were open.

    Raises:
        Unauthenticated: unauthenticated; session_expired, where the present session has ended.
    """
    session_id = parts.tokens.identifier(Purpose.SESSION, token)
    if session_id is None:
        raise Unauthenticated("unauthenticated")
    async with parts.database.work() as work:
        # The lock makes a sign-in at the same moment come before, and end, or after, and stay.
        account = await work.accounts.locked_by_id(account_id)
        now = parts.clock()
        present = await work.sessions.get(session_id)
        if account is None or present is None or present.account_id != account_id or not present.is_open(now):
            raise Unauthenticated("session_expired")
        revoked = await work.sessions.end_all(account, at=now, but=session_id)
        await work.commit()
    return revoked
