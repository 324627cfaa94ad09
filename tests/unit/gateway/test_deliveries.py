"""Who a mail went to is told by first letters only."""

import httpx
import pytest

from guichet.notification.v1.notification_pb2 import Delivery, Notification
from guichet.notification.v1.notification_service_pb2 import ListDeliveriesResponse
from services.gateway.deliveries import masked
from services.platform.errors import NotFound
from tests.unit.gateway.services_on_the_wire import AT, ServicesOnTheWire

PATH = "/api/v1/access-requests/request-1/deliveries"
RECEIVED = "access_request_received"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Alice Martin", "A••• M•••"),
        ("O'Brien", "O•••"),
        ("俊宇", "俊•••"),
        ("Надежда", "Н•••"),
        ("Jean de la Fontaine", "J••• d••• l••• F•••"),
        ("  Éléonore\u00a0 d’Aquitaine ", "É••• d•••"),
        ("A\u030angström", "A\u030a•••"),
        ("(Zoé)", "Z•••"),
        ("—", "•••"),
        ("", "•••"),
    ],
)
def test_a_name_is_masked_to_the_first_letter_of_each_word(name: str, shown: str) -> None:
    assert masked(name) == shown


async def test_deliveries_name_administrators_by_first_letters_and_nobody_else(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    states = Notification
    services.replies["ListDeliveries"] = ListDeliveriesResponse(
        deliveries=[
            Delivery(
                recipient_id="claire", kind=RECEIVED, state=states.STATE_SENT, create_time=AT, send_time=AT
            ),
            Delivery(recipient_id="gone", kind=RECEIVED, state=states.STATE_FAILED, create_time=AT),
            Delivery(
                recipient_id="contact:ab12",
                kind="access_request_escalated",
                state=states.STATE_DUE,
                create_time=AT,
            ),
            Delivery(
                recipient_id="operator:cd34",
                kind="access_request_escalated",
                state=states.STATE_ABANDONED,
                create_time=AT,
            ),
            Delivery(
                recipient_id="bruno",
                kind="access_request_approved",
                state=states.STATE_SENT,
                create_time=AT,
                send_time=AT,
            ),
        ]
    )
    answer = await http.get(PATH, headers=bruno)
    assert [(one["recipient"], one["name"], one["state"]) for one in answer.json()["items"]] == [
        ("administrator", "C••• M•••", "sent"),
        ("administrator", None, "failed"),
        ("contact", None, "due"),
        ("operator", None, "abandoned"),
        ("requester", None, "sent"),
    ]
    for secret in ("claire", "Claire", "Morel", "ab12", "cd34"):
        assert secret not in answer.text


async def test_deliveries_are_asked_for_once_the_access_request_was_shown(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["GetAccessRequest"] = NotFound("not_found")
    assert (await http.get(PATH, headers=bruno)).status_code == 404
    assert not services.asked("ListDeliveries")
