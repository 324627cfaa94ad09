"""Ledger rows and call arguments, to and from protos."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.notification.v1.notification_pb2 import Delivery, Notification
from guichet.notification.v1.notification_service_pb2 import Recipient as RecipientMessage
from services.notification.domain.recipients import Recipient, recipient
from services.notification.domain.states import State
from services.platform.connections import Row

STATES = {state: Notification.State.Value(f"STATE_{state.upper()}") for state in State}
STATE_NAMES = {number: state.value for state, number in STATES.items()}


def recipient_of(message: RecipientMessage) -> Recipient:
    """Returns the recipient that a message names, or raises InvalidArgument."""
    return recipient(
        recipient_id=message.recipient_id, email=message.email, name=message.name, locale=message.locale
    )


def notification_message(row: Row) -> Notification:
    return Notification(
        id=row.id,
        event_id=row.event_id,
        kind=row.kind,
        access_request_id=row.access_request_id,
        recipient_id=row.recipient_id,
        state=STATES[State(row.state)],
        attempt_count=row.attempt_count,
        last_error=row.last_error,
        create_time=timestamp(row.created_at),
        send_time=None if row.sent_at is None else timestamp(row.sent_at),
    )


def delivery_message(row: Row) -> Delivery:
    return Delivery(
        recipient_id=row.recipient_id,
        kind=row.kind,
        state=STATES[State(row.state)],
        create_time=timestamp(row.created_at),
        send_time=None if row.sent_at is None else timestamp(row.sent_at),
    )


def timestamp(moment: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message
