"""What is not sent shows as given up, and nothing stays due that nobody will tell."""

from datetime import timedelta

import asyncpg

from guichet.notification.v1.notification_pb2 import Notification
from tests.integration.notification.running import RunningMailbox, RunningNotification, an_event, somebody

State = Notification.State
SENT, DUE, ABANDONED = "STATE_SENT", "STATE_DUE", "STATE_ABANDONED"


async def test_what_is_given_up_shows_as_abandoned_and_is_not_sent_any_more(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, samir, event = somebody(), somebody(), an_event()
    await mailbox.answer(claire.email, "451")
    await notification.send(event, claire, samir)
    for _ in range(2):
        assert await notification.abandon(event, claire, samir) == [ABANDONED, SENT]
    assert await notification.states(event, claire, samir) == [ABANDONED, SENT]
    assert await mailbox.messages(to=claire.email) == []


async def test_whoever_is_not_named_any_more_shows_as_abandoned(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    for give_up in (notification.states, notification.abandon):
        claire, samir, event = somebody(), somebody(), an_event()
        await mailbox.answer(claire.email, "451")
        assert await notification.states(event, claire, samir) == [DUE, SENT]
        assert await give_up(event, samir) == [SENT]
        listed = await notification.page(access_request_id="request-1", page_size=100)
        standing = {one.recipient_id: State.Name(one.state) for one in listed.notifications}
        assert (standing[claire.recipient_id], standing[samir.recipient_id]) == (ABANDONED, SENT)


async def test_whoever_is_not_named_any_more_stays_due_while_another_call_may_still_tell(
    notification: RunningNotification, mailbox: RunningMailbox, postgres_url: str
) -> None:
    claire, samir, event = somebody(), somebody(), an_event()
    await mailbox.answer(claire.email, "451")
    assert await notification.states(event, claire, samir) == [DUE, SENT]
    database = await asyncpg.connect(f"{postgres_url}/guichet_notification")
    try:
        held = "UPDATE notifications SET claimed_until = now() + $1 WHERE event_id = $2 AND state = 'due'"
        await database.execute(held, timedelta(minutes=1), event)
        assert await notification.states(event, samir) == [SENT, DUE]
        await database.execute(held, timedelta(minutes=-1), event)
    finally:
        await database.close()
    assert await notification.states(event, samir) == [SENT]


async def test_an_event_that_is_for_nobody_any_more_leaves_nothing_due(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    await mailbox.answer(claire.email, "451")
    assert await notification.states(event, claire) == [DUE]
    assert await notification.abandon(event) == []
    listed = await notification.page(access_request_id="request-1", page_size=100)
    standing = {one.recipient_id: State.Name(one.state) for one in listed.notifications}
    assert standing[claire.recipient_id] == ABANDONED


async def test_whoever_is_named_again_is_told_after_all(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, samir, event = somebody(), somebody(), an_event()
    await mailbox.answer(claire.email, "451")
    assert await notification.states(event, claire, samir) == [DUE, SENT]
    assert await notification.states(event, samir) == [SENT]
    assert await notification.states(event, claire, samir) == [SENT, SENT]
    assert len(await mailbox.messages(to=claire.email)) == 1


async def test_what_was_never_tried_shows_as_abandoned_too(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, event = somebody(), an_event()
    assert await notification.abandon(event, claire) == [ABANDONED]
    assert await notification.states(event, claire) == [ABANDONED]
    assert await mailbox.messages(to=claire.email) == []
