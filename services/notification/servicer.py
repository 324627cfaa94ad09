"""RPC in, operation or query, RPC out."""

import asyncio

import grpc

from guichet.notification.v1.notification_service_pb2 import (
    AbandonNotificationsRequest,
    AbandonNotificationsResponse,
    ListDeliveriesRequest,
    ListDeliveriesResponse,
    ListNotificationsRequest,
    ListNotificationsResponse,
    SendNotificationsRequest,
    SendNotificationsResponse,
)
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceServicer
from services.notification.domain.kinds import kind_named
from services.notification.domain.recipients import distinct_ids, each_once
from services.notification.in_flight import InFlight
from services.notification.messages import STATE_NAMES, delivery_message, notification_message, recipient_of
from services.notification.operations.abandon_notifications import abandon_notifications
from services.notification.operations.send_notifications import Post, send_notifications
from services.notification.queries import deliveries_of, notifications_page
from services.notification.rendering import Event
from services.platform.connections import Connections
from services.platform.errors import InvalidArgument

CALLERS = {
    "SendNotifications": frozenset({"worker"}),
    "AbandonNotifications": frozenset({"worker"}),
    "ListNotifications": frozenset({"cli"}),
    "ListDeliveries": frozenset({"gateway"}),
}

LONGEST_EVENT_ID = 200
LONGEST_ACCESS_REQUEST_ID = 40
# What is left of a call's time to mark the last mail and to answer.
SECONDS_TO_ANSWER = 1.0


class NotificationServicer(NotificationServiceServicer):
    def __init__(
        self, *, post: Post, connections: Connections, in_flight: InFlight, delivery_seconds: float
    ) -> None:
        self._post = post
        self._connections = connections
        self._in_flight = in_flight
        self._delivery_seconds = delivery_seconds

    async def SendNotifications(  # noqa: N802 - the name of the RPC
        self,
        request: SendNotificationsRequest,
        context: grpc.aio.ServicerContext[SendNotificationsRequest, SendNotificationsResponse],
    ) -> SendNotificationsResponse:
        event_id = checked(request.event_id, "event_id", LONGEST_EVENT_ID)
        access_request_id = request.access_request_id
        if access_request_id:
            checked(access_request_id, "access_request_id", LONGEST_ACCESS_REQUEST_ID)
        kind = kind_named(request.kind)
        event = Event(
            kind_name=request.kind,
            kind=kind,
            access_request_id=access_request_id,
            parameters=kind.read(request.parameters, access_request_id),
        )
        recipients = each_once(map(recipient_of, request.recipients))
        until = asyncio.get_running_loop().time() + self._seconds_for(context.time_remaining())
        rows = await self._in_flight.run(
            event_id,
            lambda: send_notifications(
                self._post, event_id=event_id, event=event, recipients=recipients, until=until
            ),
        )
        return SendNotificationsResponse(notifications=map(notification_message, rows))

    async def AbandonNotifications(  # noqa: N802 - the name of the RPC
        self,
        request: AbandonNotificationsRequest,
        context: grpc.aio.ServicerContext[AbandonNotificationsRequest, AbandonNotificationsResponse],
    ) -> AbandonNotificationsResponse:
        kind_named(request.kind)
        rows = await abandon_notifications(
            self._post.ledger,
            checked(request.event_id, "event_id", LONGEST_EVENT_ID),
            distinct_ids(request.recipient_ids),
            kind=request.kind,
            access_request_id=request.access_request_id,
        )
        return AbandonNotificationsResponse(notifications=map(notification_message, rows))

    async def ListNotifications(  # noqa: N802 - the name of the RPC
        self,
        request: ListNotificationsRequest,
        context: grpc.aio.ServicerContext[ListNotificationsRequest, ListNotificationsResponse],
    ) -> ListNotificationsResponse:
        rows, next_page_token = await notifications_page(
            self._connections,
            access_request_id=request.access_request_id,
            state=STATE_NAMES.get(request.state, ""),
            page_size=request.page_size,
            page_token_=request.page_token,
        )
        return ListNotificationsResponse(
            notifications=map(notification_message, rows), next_page_token=next_page_token
        )

    async def ListDeliveries(  # noqa: N802 - the name of the RPC
        self,
        request: ListDeliveriesRequest,
        context: grpc.aio.ServicerContext[ListDeliveriesRequest, ListDeliveriesResponse],
    ) -> ListDeliveriesResponse:
        access_request_id = checked(request.access_request_id, "access_request_id", LONGEST_ACCESS_REQUEST_ID)
        rows = await deliveries_of(self._connections, access_request_id)
        return ListDeliveriesResponse(deliveries=map(delivery_message, rows))

    def _seconds_for(self, remaining: float | None) -> float:
        if remaining is None:
            return self._delivery_seconds
        return min(self._delivery_seconds, max(remaining - SECONDS_TO_ANSWER, remaining / 2))


def checked(value: str, field: str, longest: int) -> str:
    if not value:
        raise InvalidArgument("parameter_missing", field=field)
    if len(value) > longest or not (value.isprintable() and value.isascii()):
        raise InvalidArgument("parameter_invalid", field=field)
    return value
