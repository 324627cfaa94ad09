"""Tell an event to its recipients, each once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from services.notification.domain.recipients import Recipient
from services.notification.envelope import Mail, Sender, sealed
from services.notification.rendering import Event, Renderer
from services.notification.smtp import Relay, RelayAway, Verdict
from services.notification.storage.ledger import Ledger
from services.platform.connections import Row

log = structlog.get_logger()

# A claim outlives the delivery that made it by this much, so that only a dead process loses one.
CLAIM_MARGIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Post:
    """What it takes to deliver: the ledger, the templates, who sends, and the relay."""

    ledger: Ledger
    renderer: Renderer
    sender: Sender
    relay: Relay


async def send_notifications(
    post: Post,
    *,
    event_id: str,
    event: Event,
    recipients: Mapping[str, Recipient],
    until: float,
) -> Sequence[Row]:
    """Delivers what is due, gives up who is not a recipient any more, and returns the row of each recipient.

    After them come the rows of whoever is none any more and still in another call's hands: they are due,
    and the next try gives them up.

    Stops at `until`, a time of the event loop's clock. A mail is marked as soon as the relay has
    answered for it, before the next one is sent: a process that dies in between has one mail sent and
    not marked, and the next try repeats it under the same Message-ID.
    """
    left = until - asyncio.get_running_loop().time()
    claimed = await post.ledger.claim(
        event_id,
        recipients,
        kind=event.kind_name,
        access_request_id=event.access_request_id,
        lease=timedelta(seconds=left) + CLAIM_MARGIN if left > 0 else timedelta(),
    )
    if claimed and left > 0:
        due = [one for recipient_id, one in recipients.items() if recipient_id in claimed]
        await deliver(post, event_id, event, due, until)
    standing = await post.ledger.standing(event_id, list(recipients))
    named = [standing.pop(recipient_id) for recipient_id in recipients]
    return [*named, *standing.values()]


async def deliver(post: Post, event_id: str, event: Event, due: Sequence[Recipient], until: float) -> None:
    now = datetime.now(UTC)
    mails = {
        one.recipient_id: sealed(
            post.renderer.render(event, one),
            event_id=event_id,
            event=event,
            recipient=one,
            sender=post.sender,
            written_at=now,
        )
        for one in due
    }
    try:
        await hand_over(post, event_id, mails, until)
    except RelayAway as error:
        log.warning("delivery.deferred", kind=event.kind_name, left=len(mails), error=str(error))
        await post.ledger.defer(event_id, mails, str(error))


async def hand_over(post: Post, event_id: str, mails: dict[str, Mail], until: float) -> None:
    """Sends mails and marks them, and takes away those that the relay has answered for."""
    async with post.relay.connection(until=until) as connection:
        for recipient_id, mail in list(mails.items()):
            answer = await connection.deliver(mail, until=until)
            if answer.verdict is Verdict.ACCEPTED:
                await post.ledger.mark_sent(event_id, recipient_id)
            elif answer.verdict is Verdict.REFUSED:
                await post.ledger.mark_failed(event_id, recipient_id, answer.said)
            else:
                await post.ledger.defer(event_id, [recipient_id], answer.said)
            del mails[recipient_id]
            if mails and not connection.is_open:
                raise RelayAway(answer.said)
