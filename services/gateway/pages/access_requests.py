"""Access requests, as their requesters and the administrators of their companies see them."""

from fastapi import Response

from guichet.company.v1.company_service_pb2 import GetAccessRequestRequest
from services.gateway.dependencies import Backends
from services.gateway.fields import AccessRequestId
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import SignedView

router = PageRouter()


@router.page("/demandes/{access_request_id}")
async def show_access_request(
    access_request_id: AccessRequestId, view: SignedView, services: Backends
) -> Response:
    """Shows an access request. Opening it decides nothing."""
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    answer = await services.company.GetAccessRequest(request)
    return view.page("access_request.html", access_request=answer.access_request)
