"""How the mails about an access request fared, with the names of their recipients masked."""

import re
from typing import Literal, cast

from guichet.notification.v1.notification_pb2 import Delivery, Notification
from guichet.notification.v1.notification_service_pb2 import ListDeliveriesRequest
from services.gateway import answers
from services.gateway.messages import Accounts, moment, moment_if_set
from services.gateway.people import accounts_of
from services.gateway.services import Services
from services.gateway.session import Session

STATES = {
    Notification.STATE_DUE: "due",
    Notification.STATE_SENT: "sent",
    Notification.STATE_FAILED: "failed",
    Notification.STATE_ABANDONED: "abandoned",
}
HIDDEN = "•••"
LETTER = re.compile(r"\w[\u0300-\u036f]*")


def masked(name: str) -> str:
    """Returns the first letter of each word of a name, the rest hidden: « A••• M••• »."""
    letters = (LETTER.search(word) for word in name.split())
    return " ".join(f"{letter.group()}{HIDDEN}" for letter in letters if letter) or HIDDEN


async def deliveries_of(
    services: Services, session: Session, access_request: answers.AccessRequest
) -> list[answers.Delivery]:
    """Returns the latest mail of each recipient and kind, oldest first.

    Whoever calls this has the access request from the company service, which alone knows who may see it.
    """
    request = ListDeliveriesRequest(access_request_id=access_request.id)
    found = (await services.notification.ListDeliveries(request)).deliveries
    requester = access_request.requester.id
    people = {one.recipient_id for one in found if recipient_kind(one, requester) == "administrator"}
    accounts = await accounts_of(services, session, people)
    return [delivery_answer(one, requester, accounts) for one in found]


def delivery_answer(delivery: Delivery, requester: str, accounts: Accounts) -> answers.Delivery:
    kind = recipient_kind(delivery, requester)
    account = accounts.get(delivery.recipient_id) if kind == "administrator" else None
    return answers.Delivery(
        recipient=kind,
        name=masked(account.full_name) if account else None,
        kind=delivery.kind,
        state=cast("answers.DeliveryState", STATES[delivery.state]),
        created_at=moment(delivery.create_time),
        sent_at=moment_if_set(delivery, "send_time"),
    )


def recipient_kind(
    delivery: Delivery, requester: str
) -> Literal["administrator", "requester", "contact", "operator"]:
    if delivery.recipient_id == requester:
        return "requester"
    if delivery.recipient_id.startswith("contact:"):
        return "contact"
    if delivery.recipient_id.startswith("operator:"):
        return "operator"
    return "administrator"
