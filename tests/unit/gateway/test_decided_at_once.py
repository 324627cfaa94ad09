"""« Gérer les utilisateurs »: several decided at once, and what each of them got."""

import re

from guichet.company.v1.company_service_pb2 import (
    ApproveAccessRequestRequest,
    ApproveAccessRequestResponse,
    GetAccessRequestRequest,
    GetAccessRequestResponse,
    RejectAccessRequestResponse,
)
from services.platform.errors import FailedPrecondition
from tests.system.browser import Browser
from tests.unit.gateway.services_on_the_wire import DECIDED, PENDING, SIREN, ServicesOnTheWire, another

USERS = f"/entreprises/{SIREN}/utilisateurs"


async def test_several_are_decided_at_once_each_with_a_key_of_its_own(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    chosen = {"chosen-request-1": "yes", "chosen-request-2": "yes"}
    answer = await administrator.send(USERS, USERS, **chosen, role="member", verdict="approve")
    asked = services.asked("ApproveAccessRequest")
    assert {one.access_request_id for one in asked} == {"request-1", "request-2"}
    assert len({one.idempotency_key for one in asked}) == 2
    assert "Accès ouverts\u00a0: Bruno Petit et Bruno Petit." in (await administrator.follow(answer)).text


async def test_where_some_fail_each_is_named_with_what_stopped_it(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    def approve(request: ApproveAccessRequestRequest) -> ApproveAccessRequestResponse:
        if request.access_request_id == "request-1":
            raise FailedPrecondition("already_decided")
        return ApproveAccessRequestResponse(access_request=another(DECIDED, id="request-2"), applied=True)

    def read(request: GetAccessRequestRequest) -> GetAccessRequestResponse:
        return GetAccessRequestResponse(access_request=another(DECIDED, id=request.access_request_id))

    services.replies |= {"ApproveAccessRequest": approve, "GetAccessRequest": read}
    chosen = {"chosen-request-1": "yes", "chosen-request-2": "yes"}
    answer = await administrator.send(USERS, USERS, **chosen, role="member", verdict="approve")
    assert answer.status_code == 409
    told = re.sub("[ \n]+", " ", answer.text)
    assert "<b>Bruno Petit</b>\u00a0: déjà autorisée par Claire Morel" in told
    assert "<b>Bruno Petit</b>\u00a0: accès ouvert" in told


async def test_a_selection_of_nothing_says_what_to_tick(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    for fields in ({}, {"chosen-": "yes"}, {"chosen-../x": "yes"}):
        answer = await administrator.send_own(USERS, USERS, **fields, verdict="approve")
        assert answer.status_code == 422
        assert "Cochez au moins une personne" in answer.text
    assert not services.asked("ApproveAccessRequest")


async def test_many_names_do_not_outgrow_the_message(
    administrator: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["RejectAccessRequest"] = RejectAccessRequestResponse(
        access_request=PENDING, applied=True
    )
    chosen = {f"chosen-request-{number}": "yes" for number in range(50)}
    answer = await administrator.send(USERS, USERS, **chosen, verdict="reject", reason="Non")
    assert "Bruno Petit et + 45" in (await administrator.follow(answer)).text
