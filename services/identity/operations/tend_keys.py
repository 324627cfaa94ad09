import structlog

from services.identity.domain.signing_key import next_start, published
from services.identity.domain.tool import ALGORITHMS
from services.identity.parts import Parts

log = structlog.get_logger()


async def tend_keys(parts: Parts) -> None:
    """Makes the keys that are due, the first ones too, and forgets those whose last token has ended.

    Several replicas may run this: they take turns, and the second finds it done.
    """
    async with parts.database.work() as work:
        await work.signing_keys.take_turn()
        now = parts.clock()
        keys = await work.signing_keys.all()
        for algorithm in ALGORITHMS:
            own = [key for key in keys if key.algorithm == algorithm]
            needed = published(own, at=now, longest_token=parts.settings.access_token_life)
            await work.signing_keys.forget([key.id for key in own if key not in needed])
            start = next_start(
                own,
                at=now,
                life=parts.settings.signing_key_life,
                ahead=parts.settings.signing_key_ahead,
            )
            if start is not None:
                key = await parts.signer.new_key(algorithm, at=now, starts_at=start)
                await work.signing_keys.add(key)
                log.info("signing_key.published", key_id=key.id, algorithm=algorithm, starts_at=start)
        await work.commit()
