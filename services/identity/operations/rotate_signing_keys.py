from datetime import datetime

import structlog

from services.identity.domain.tool import ALGORITHMS
from services.identity.parts import Parts

log = structlog.get_logger()


async def rotate_signing_keys(parts: Parts) -> datetime:
    """Publishes a new key of each algorithm, and returns from when they sign.

    Where one waits already, it stays the next.
    """
    async with parts.database.work() as work:
        await work.signing_keys.take_turn()
        now = parts.clock()
        keys = await work.signing_keys.all()
        starts = []
        for algorithm in ALGORITHMS:
            waiting = [key.starts_at for key in keys if key.algorithm == algorithm and key.starts_at > now]
            if waiting:
                starts.append(min(waiting))
                continue
            start = now + parts.settings.signing_key_ahead
            await work.signing_keys.add(await parts.signer.new_key(algorithm, at=now, starts_at=start))
            starts.append(start)
        await work.commit()
    log.info("signing_keys.rotated", starts_at=max(starts))
    return max(starts)
