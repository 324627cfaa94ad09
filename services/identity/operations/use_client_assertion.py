from datetime import datetime, timedelta

from services.identity.domain.client_secret import digest_of
from services.identity.parts import Parts

# An hour, and what clocks may differ.
LONGEST_LIFE = timedelta(hours=1, minutes=5)
# For whoever verifies it with a clock that is behind.
REMEMBERED_AFTER = timedelta(minutes=5)


async def use_client_assertion(parts: Parts, *, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Remembers a client's assertion until it has expired, and says whether it may be used.

    It may not where it was used before, or lasts for more than an hour by far: that is not remembered.
    """
    if expires_at > parts.clock() + LONGEST_LIFE:
        return False
    async with parts.database.work() as work:
        if await work.tools.get(client_id) is None:
            return False
        first = await work.tools.use_assertion(
            client_id, digest_of(jti), expires_at=expires_at + REMEMBERED_AFTER
        )
        await work.commit()
    return first
