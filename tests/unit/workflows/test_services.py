"""What the worker asks of the notification service."""

from typing import TYPE_CHECKING, cast

from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import (
    AbandonNotificationsRequest,
    AbandonNotificationsResponse,
    SendNotificationsRequest,
)
from workflows.services import Services

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub
    from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceAsyncStub
    from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceAsyncStub
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub


class GivingUp:
    """A notification service that is asked to give up, and never to send."""

    def __init__(self) -> None:
        self.asked: list[AbandonNotificationsRequest] = []

    async def AbandonNotifications(  # noqa: N802 - the name of the RPC
        self, request: AbandonNotificationsRequest
    ) -> AbandonNotificationsResponse:
        self.asked.append(request)
        return AbandonNotificationsResponse(notifications=[Notification(state=Notification.STATE_ABANDONED)])


async def test_a_mail_that_is_for_nobody_any_more_is_given_up() -> None:
    notification = GivingUp()
    services = Services(
        cast("IdentityServiceAsyncStub", None),
        cast("SignOnServiceAsyncStub", None),
        cast("CompanyServiceAsyncStub", None),
        cast("NotificationServiceAsyncStub", notification),
    )
    mail = SendNotificationsRequest(event_id="event-1", kind="password_reset", access_request_id="request-1")
    [given_up] = await services.send(mail)
    assert given_up.state == Notification.STATE_ABANDONED
    assert notification.asked == [
        AbandonNotificationsRequest(event_id="event-1", kind="password_reset", access_request_id="request-1")
    ]
