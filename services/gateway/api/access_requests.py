"""Asking for access to a company, and what its requester may do after."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from guichet.company.v1.company_service_pb2 import (
    CancelAccessRequestRequest,
    GetAccessRequestRequest,
    ListAccessRequestsRequest,
    RemindAdministratorsRequest,
    RequestAccessRequest,
    UpdateAccessRequestMessageRequest,
)
from services.gateway.answers import (
    AccessRequest,
    AccessRequestPage,
    AccessRequestPending,
    AdministratorGranted,
    DeliveryList,
    Reminded,
)
from services.gateway.body import StrictRoute
from services.gateway.decided import naming_the_decision
from services.gateway.deliveries import deliveries_of
from services.gateway.dependencies import Backends, IdempotencyKey
from services.gateway.documented import BODY, CHANGES, KEYED, PAGED, SIGNED_IN, problems
from services.gateway.fields import AccessRequestId, AccessRequestsQuery, Body
from services.gateway.messages import STATES, membership_answer, moment_if_set
from services.gateway.people import access_request_answered, access_requests_answered
from services.gateway.session import Signed

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Access requests"])


class NewAccessRequest(Body):
    """Which company, and the proof that one belongs to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "siren": "732 829 320",
                    "member_code": "AB12-CD34",
                    "message": "Je reprends les déclarations de formation à partir de lundi.",
                }
            ]
        }
    )

    siren: str = Field(description="Nine digits. Spaces are ignored")
    member_code: str = Field(description="Case and spaces are ignored")
    message: str | None = Field(None, description="Words to the administrators, at most 500 characters")


@router.post(
    "/access-requests",
    status_code=202,
    responses={
        201: {"model": AdministratorGranted, "description": "First on the company: its administrator now"},
        **problems(
            *(*BODY, *CHANGES, *KEYED, "rate_limited"),
            *("siren_invalid", "siret_given", "claim_refused", "company_inactive", "message_too_long"),
            *("already_member", "membership_suspended", "already_pending"),
        ),
    },
)
async def request_access(
    body: NewAccessRequest, session: Signed, services: Backends, key: IdempotencyKey, response: Response
) -> AccessRequestPending | AdministratorGranted:
    """Asks for access to a company. The first account to do so becomes its administrator at once."""
    answer = await services.company.RequestAccess(
        RequestAccessRequest(
            siren=body.siren,
            member_code=body.member_code,
            message=body.message or "",
            idempotency_key=key,
        )
    )
    if answer.HasField("administrator_granted"):
        response.status_code = 201
        return AdministratorGranted(membership=membership_answer(answer.administrator_granted))
    response.headers["Location"] = f"/api/v1/access-requests/{answer.pending.id}"
    return AccessRequestPending(
        access_request=await access_request_answered(services, session, answer.pending)
    )


@router.get(
    "/access-requests",
    responses=problems(*SIGNED_IN, *PAGED, "invalid_state"),
)
async def list_access_requests(
    query: Annotated[AccessRequestsQuery, Query()], session: Signed, services: Backends
) -> AccessRequestPage:
    """Lists one's own access requests, newest first."""
    page = await services.company.ListAccessRequests(
        ListAccessRequestsRequest(
            state=STATES[query.state],
            page_size=query.limit,
            page_token=query.cursor,
        )
    )
    return AccessRequestPage(
        items=await access_requests_answered(services, session, page.access_requests),
        next_cursor=page.next_page_token or None,
    )


@router.get("/access-requests/{access_request_id}", responses=problems(*SIGNED_IN, "not_found"))
async def get_access_request(
    access_request_id: AccessRequestId, session: Signed, services: Backends
) -> AccessRequest:
    """Returns an access request to its requester and to the administrators of its company."""
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    answer = await services.company.GetAccessRequest(request)
    return await access_request_answered(services, session, answer.access_request)


class MessageChange(Body):
    """New words to the administrators."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "Service RH, poste 214. Claire Morel me connaît."}]}
    )

    message: str = Field(description="Words to the administrators, at most 500 characters. May be empty")


@router.patch(
    "/access-requests/{access_request_id}",
    responses=problems(
        *(*BODY, *CHANGES, "not_found", "message_too_long", "rate_limited"),
        *("already_decided", "request_expired", "request_cancelled"),
    ),
)
async def update_message(
    access_request_id: AccessRequestId, body: MessageChange, session: Signed, services: Backends
) -> AccessRequest:
    """Changes the words to the administrators, while they wait. Only its requester may."""
    async with naming_the_decision(services, session, access_request_id):
        answer = await services.company.UpdateAccessRequestMessage(
            UpdateAccessRequestMessageRequest(access_request_id=access_request_id, message=body.message)
        )
    return await access_request_answered(services, session, answer.access_request)


@router.get("/access-requests/{access_request_id}/deliveries", responses=problems(*SIGNED_IN, "not_found"))
async def list_deliveries(
    access_request_id: AccessRequestId, session: Signed, services: Backends
) -> DeliveryList:
    """Says how the mails about an access request fared. Names are masked, and there is no address."""
    access_request = await get_access_request(access_request_id, session, services)
    return DeliveryList(items=await deliveries_of(services, session, access_request))


@router.post(
    "/access-requests/{access_request_id}/reminders",
    status_code=202,
    responses=problems(
        *(*CHANGES, *KEYED, "not_found", "reminder_too_early", "reminders_exhausted"),
        *("already_decided", "request_expired", "request_cancelled"),
    ),
)
async def remind_administrators(
    access_request_id: AccessRequestId, session: Signed, services: Backends, key: IdempotencyKey
) -> Reminded:
    """Nudges the administrators again. Only its requester may, after a while, and so many times."""
    async with naming_the_decision(services, session, access_request_id):
        answer = await services.company.RemindAdministrators(
            RemindAdministratorsRequest(access_request_id=access_request_id, idempotency_key=key)
        )
    return Reminded(
        reminder_count=len(answer.access_request.reminders),
        next_reminder_at=moment_if_set(answer.access_request, "next_reminder_time"),
    )


@router.delete(
    "/access-requests/{access_request_id}",
    status_code=204,
    responses=problems(*CHANGES, "not_found", "already_decided", "request_expired"),
)
async def cancel_access_request(
    access_request_id: AccessRequestId, session: Signed, services: Backends
) -> None:
    """Withdraws one's own access request. Repeating it is harmless."""
    async with naming_the_decision(services, session, access_request_id):
        await services.company.CancelAccessRequest(
            CancelAccessRequestRequest(access_request_id=access_request_id)
        )
