"""Give up what is still due of an event."""

import structlog

from services.notification.storage.ledger import Ledger

log = structlog.get_logger()


async def abandon_notifications(ledger: Ledger, event_id: str) -> int:
    """Returns how many notifications were still due."""
    count = await ledger.abandon(event_id)
    if count:
        log.warning("delivery.abandoned", event_id=event_id, count=count)
    return count
