"""What a call is answered that cannot be served, and how the ledger is read."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING
from uuid import uuid4

import grpc
import pytest

from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import (
    ListDeliveriesRequest,
    ListNotificationsRequest,
    Recipient,
    SendNotificationsRequest,
)
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.platform.rpc_errors import domain_error_of
from tests.integration.notification.running import (
    CANCELLED,
    RunningMailbox,
    RunningNotification,
    an_event,
    somebody,
)

if TYPE_CHECKING:
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub


async def reason_of(call: Awaitable[object]) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = domain_error_of(caught.value)
    return f"{caught.value.code().name} {error.reason if error else ''}".strip()


async def test_an_unknown_kind_is_refused(notification: RunningNotification) -> None:
    answer = await reason_of(notification.send(an_event(), somebody(), kind="nothing_like_it"))
    assert answer == "INVALID_ARGUMENT kind_unknown"


async def test_a_missing_parameter_is_refused(notification: RunningNotification) -> None:
    parameters = {name: value for name, value in CANCELLED.items() if name != "cancel_time"}
    answer = await reason_of(notification.send(an_event(), somebody(), parameters=parameters))
    assert answer == "INVALID_ARGUMENT parameter_missing"


async def test_a_missing_access_request_is_refused(notification: RunningNotification) -> None:
    answer = await reason_of(notification.send(an_event(), somebody(), access_request_id=""))
    assert answer == "INVALID_ARGUMENT parameter_missing"


@pytest.mark.parametrize("name", ["Claire\r\nBcc: x@example.org", "Claire\0", "Claire\u202eexe"])
async def test_a_name_that_could_change_a_header_is_refused(
    notification: RunningNotification, name: str
) -> None:
    assert await reason_of(notification.send(an_event(), somebody(name))) == (
        "INVALID_ARGUMENT parameter_invalid"
    )


async def test_one_wrong_address_refuses_the_call_before_anything_is_sent(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire = somebody()
    wrong = Recipient(recipient_id="x", email="a@example.com, b@example.com", locale="fr")
    assert await reason_of(notification.send(an_event(), claire, wrong)) == "INVALID_ARGUMENT email_invalid"
    assert await mailbox.messages(to=claire.email) == []


async def test_over_a_thousand_recipients_are_refused(notification: RunningNotification) -> None:
    people = [somebody() for _ in range(1_001)]
    assert await reason_of(notification.send(an_event(), *people)) == "INVALID_ARGUMENT too_many_recipients"


async def test_nobody_to_tell_is_answered_with_nothing(notification: RunningNotification) -> None:
    assert await notification.send(an_event()) == []


async def test_a_bare_call_is_unauthenticated(notification: RunningNotification) -> None:
    async with grpc.aio.insecure_channel(notification.address) as channel:
        bare: NotificationServiceAsyncStub = NotificationServiceStub(channel)
        call = bare.SendNotifications(SendNotificationsRequest())
        assert await reason_of(call) == "UNAUTHENTICATED service_not_trusted"


async def test_another_service_may_not_send(notification: RunningNotification) -> None:
    call = notification.cli.SendNotifications(SendNotificationsRequest())
    assert await reason_of(call) == "PERMISSION_DENIED caller_not_allowed"


async def test_the_list_goes_through_all_pages_newest_first(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    gone = somebody()
    await mailbox.answer(gone.email, "550")
    request_id = an_event()[:32]
    for people in ([somebody(), somebody()], [gone], [somebody(), somebody()]):
        await notification.send(an_event(), *people, access_request_id=request_id)
    seen: list[Notification] = []
    token = ""
    for expected in (2, 2, 1):
        page = await notification.page(access_request_id=request_id, page_size=2, page_token=token)
        assert len(page.notifications) == expected
        seen += page.notifications
        token = page.next_page_token
    assert token == ""
    assert len({one.id for one in seen}) == 5
    times = [one.create_time.ToDatetime() for one in seen]
    assert times == sorted(times, reverse=True)

    failed = await notification.page(access_request_id=request_id, state=Notification.STATE_FAILED)
    assert [one.recipient_id for one in failed.notifications] == [gone.recipient_id]


async def test_a_page_token_of_another_filter_is_refused(notification: RunningNotification) -> None:
    request_id = an_event()[:32]
    await notification.send(an_event(), somebody(), somebody(), access_request_id=request_id)
    token = (await notification.page(access_request_id=request_id, page_size=1)).next_page_token
    for request in (
        ListNotificationsRequest(page_token=token),
        ListNotificationsRequest(access_request_id=request_id, page_token="nothing"),
    ):
        assert await reason_of(notification.cli.ListNotifications(request)) == (
            "INVALID_ARGUMENT invalid_cursor"
        )


async def test_the_latest_delivery_of_each_recipient_and_kind_is_told_without_address_or_error(
    notification: RunningNotification, mailbox: RunningMailbox
) -> None:
    claire, paul, about = somebody(), somebody("Paul Roy"), uuid4().hex
    await mailbox.answer(paul.email, "550")
    await notification.send(an_event(), claire, paul, access_request_id=about)
    await notification.send(an_event(), claire, access_request_id=about)
    await notification.send(an_event(), claire, access_request_id=uuid4().hex)
    answer = await notification.gateway.ListDeliveries(ListDeliveriesRequest(access_request_id=about))
    kind = "access_request_cancelled"
    assert [(one.recipient_id, one.kind, one.state) for one in answer.deliveries] == [
        (paul.recipient_id, kind, Notification.STATE_FAILED),
        (claire.recipient_id, kind, Notification.STATE_SENT),
    ]
    assert answer.deliveries[1].HasField("send_time")
    assert not answer.deliveries[0].HasField("send_time")
    for secret in (claire.email, paul.email, "550"):
        assert secret.encode() not in answer.SerializeToString()


async def test_deliveries_are_asked_for_by_an_access_request(notification: RunningNotification) -> None:
    call = notification.gateway.ListDeliveries(ListDeliveriesRequest())
    assert await reason_of(call) == "INVALID_ARGUMENT parameter_missing"
    unknown = ListDeliveriesRequest(access_request_id=uuid4().hex)
    assert not (await notification.gateway.ListDeliveries(unknown)).deliveries
