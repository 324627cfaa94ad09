from datetime import datetime

import structlog

from services.identity.domain.signing_key import LEEWAY
from services.identity.domain.tool import ALGORITHMS
from services.identity.parts import Parts

log = structlog.get_logger()


async def rotate_signing_keys(parts: Parts, *, at_once: bool) -> datetime:
    """Publishes a new key of each algorithm, and returns from when they sign.

    Where one waits already, it stays the next. At once, the new ones sign now, and all others are forgotten:
    what they have signed can be verified no more, nor what a thief signs with them.
    """
    async with parts.database.work() as work:
        await work.signing_keys.take_turn()
        now = parts.clock()
        keys = await work.signing_keys.all()
        start = now + parts.settings.signing_key_ahead
        if at_once:
            await work.signing_keys.forget([key.id for key in keys])
            # A replica whose clock is behind has no other key to sign with.
            keys, start = [], now - LEEWAY
        starts = []
        for algorithm in ALGORITHMS:
            waiting = [key.starts_at for key in keys if key.algorithm == algorithm and key.starts_at > now]
            if waiting:
                starts.append(min(waiting))
                continue
            await work.signing_keys.add(await parts.signer.new_key(algorithm, at=now, starts_at=start))
            starts.append(start)
        await work.commit()
    log.info("signing_keys.rotated", starts_at=max(starts), at_once=at_once)
    return max(starts)
