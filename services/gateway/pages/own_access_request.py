"""« Ma demande »: where an access request stands, for whoever asked, and what they may do about it."""

from datetime import UTC, datetime

import grpc
from fastapi import Response

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import (
    CancelAccessRequestRequest,
    GetAccessRequestRequest,
    RemindAdministratorsRequest,
    UpdateAccessRequestMessageRequest,
)
from services.gateway import answers
from services.gateway.deliveries import deliveries_of
from services.gateway.dependencies import Backends, new_idempotency_key
from services.gateway.fields import AccessRequestId
from services.gateway.pages.forms import Submitted
from services.gateway.pages.route import PageRouter
from services.gateway.pages.timeline import steps
from services.gateway.pages.view import SignedView, View
from services.gateway.pages.visit import Message
from services.gateway.people import access_request_answered
from services.gateway.problems import Problem
from services.gateway.services import Services

router = PageRouter()

PATH = "/demandes/{access_request_id}"


@router.form(f"{PATH}/relance", "key", page_of=PATH)
async def remind(
    access_request_id: AccessRequestId, view: SignedView, form: Submitted, services: Backends
) -> Response:
    await services.company.RemindAdministrators(
        RemindAdministratorsRequest(access_request_id=access_request_id, idempotency_key=form.key())
    )
    return view.redirect(f"/demandes/{access_request_id}", Message("reminded"))


@router.form(f"{PATH}/message", "message", page_of=PATH)
async def change_message(
    access_request_id: AccessRequestId, view: SignedView, form: Submitted, services: Backends
) -> Response:
    await services.company.UpdateAccessRequestMessage(
        UpdateAccessRequestMessageRequest(access_request_id=access_request_id, message=form.prose("message"))
    )
    return view.redirect(f"/demandes/{access_request_id}", Message("message_changed"))


@router.page(f"{PATH}/annulation")
async def show_cancellation(
    access_request_id: AccessRequestId, view: SignedView, services: Backends
) -> Response:
    """Asks whether to withdraw it; an access request that has ended is shown as it is."""
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    found = (await services.company.GetAccessRequest(request)).access_request
    if not asked_by(view, found):
        raise Problem("not_found")
    if found.state != AccessRequest.STATE_PENDING:
        return view.redirect(f"/demandes/{access_request_id}")
    return view.page("cancellation.html", access_request=found)


@router.form(f"{PATH}/annulation", page_of=PATH)
async def cancel(access_request_id: AccessRequestId, view: SignedView, services: Backends) -> Response:
    await services.company.CancelAccessRequest(
        CancelAccessRequestRequest(access_request_id=access_request_id)
    )
    return view.redirect(f"/demandes/{access_request_id}", Message("cancelled", "note"))


def asked_by(view: View, access_request: AccessRequest) -> bool:
    return view.session is not None and view.session.account_id == access_request.requester_account_id


async def own_page(view: View, services: Services, found: AccessRequest) -> Response:
    """Shows an access request to whoever asked: what happened, what will, and what they may do."""
    session, access = view.session, view.access
    if session is None or access is None:
        raise Problem("unauthenticated")
    access_request = await access_request_answered(services, session, found)
    now = datetime.now(UTC)
    return view.page(
        "own_access_request.html",
        access_request=access_request,
        revision=found.revision,
        steps=steps(access_request, await known_deliveries(view, services, access_request), now),
        may_remind=access_request.next_reminder_at is not None and access_request.next_reminder_at <= now,
        open=any(one.siren == found.siren for one in view.memberships),
        held=any(one.siren == found.siren for one in access.memberships),
        newer=next((one.id for one in access.pending_access_requests if one.siren == found.siren), ""),
        key=new_idempotency_key(),
        support=view.request.app.state.settings.support_email,
    )


async def known_deliveries(
    view: View, services: Services, access_request: answers.AccessRequest
) -> list[answers.Delivery]:
    """Returns how the mails fared; nothing while the notification service is away, for the rest is known."""
    if view.session is None:
        return []
    try:
        return await deliveries_of(services, view.session, access_request)
    except grpc.aio.AioRpcError as error:
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise
        return []
