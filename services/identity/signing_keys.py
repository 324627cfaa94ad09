"""Keys in time for everybody to have read them."""

import structlog

from services.identity.domain.signing_key import next_start
from services.identity.domain.tool import ALGORITHMS
from services.identity.parts import Parts

log = structlog.get_logger()


async def publish_due_keys(parts: Parts) -> None:
    """Makes the keys that are due, the first ones too. Several replicas may run this: one makes them."""
    async with parts.database.work() as work:
        await work.signing_keys.take_turn()
        now = parts.clock()
        keys = await work.signing_keys.all()
        for algorithm in ALGORITHMS:
            start = next_start(
                [key for key in keys if key.algorithm == algorithm],
                at=now,
                life=parts.settings.signing_key_life,
                ahead=parts.settings.signing_key_ahead,
            )
            if start is not None:
                key = await parts.signer.new_key(algorithm, at=now, starts_at=start)
                await work.signing_keys.add(key)
                log.info("signing_key.published", key_id=key.id, algorithm=algorithm, starts_at=start)
        await work.commit()
