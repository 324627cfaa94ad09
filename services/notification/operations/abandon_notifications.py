"""Give up what is still due of an event."""

from collections.abc import Sequence

import structlog

from services.notification.storage.ledger import Ledger
from services.platform.connections import Row

log = structlog.get_logger()


async def abandon_notifications(
    ledger: Ledger, event_id: str, recipient_ids: Sequence[str], *, kind: str, access_request_id: str
) -> Sequence[Row]:
    """Marks what nobody was told as abandoned, and returns the row of each recipient."""
    count = await ledger.abandon(event_id, recipient_ids, kind=kind, access_request_id=access_request_id)
    if count:
        log.warning("delivery.abandoned", event_id=event_id, count=count)
    standing = await ledger.standing(event_id, recipient_ids)
    return [standing[recipient_id] for recipient_id in recipient_ids]
