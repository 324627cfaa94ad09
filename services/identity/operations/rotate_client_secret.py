from datetime import datetime

import structlog

from services.identity.domain.client_secret import digest_of, new_client_secret
from services.identity.parts import Parts
from services.platform.errors import FailedPrecondition, NotFound

log = structlog.get_logger()


async def rotate_client_secret(parts: Parts, *, tool_id: str, at_once: bool) -> tuple[str, datetime | None]:
    """Gives a client a new secret, and returns it with the time until which the one before works, if it does.

    Raises:
        NotFound: not_found.
        FailedPrecondition: client_has_no_secret.
    """
    async with parts.database.work() as work:
        tool = await work.tools.locked(tool_id)
        if tool is None:
            raise NotFound("not_found")
        if tool.client is None or not tool.client.has_secret:
            raise FailedPrecondition("client_has_no_secret")
        now = parts.clock()
        expires_at = None if at_once else now + parts.settings.client_secret_overlap
        if expires_at is None:
            await work.tools.forget_secrets(tool)
        else:
            await work.tools.end_secrets(tool, expires_at=expires_at)
        secret = new_client_secret()
        await work.tools.add_secret(tool, digest_of(secret), at=now)
        await work.commit()
    log.info("tool.secret_rotated", tool_id=tool_id, at_once=at_once)
    return secret, expires_at
