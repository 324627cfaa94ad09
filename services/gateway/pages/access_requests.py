"""Access requests, as their requesters and the administrators of their companies see them."""

from fastapi import Response

from guichet.company.v1.company_service_pb2 import GetAccessRequestRequest
from services.gateway.dependencies import Backends
from services.gateway.fields import AccessRequestId
from services.gateway.pages.deciding import deciding_page, saying_what_is_over
from services.gateway.pages.own_access_request import asked_by, own_page
from services.gateway.pages.route import PageRouter
from services.gateway.pages.view import SignedView

router = PageRouter()


@router.page("/demandes/{access_request_id}")
async def show_access_request(
    access_request_id: AccessRequestId, view: SignedView, services: Backends
) -> Response:
    """Shows an access request to whoever asked, and to those who decide. Opening it decides nothing."""
    request = GetAccessRequestRequest(access_request_id=access_request_id)
    async with saying_what_is_over(services, access_request_id):
        found = (await services.company.GetAccessRequest(request)).access_request
    if asked_by(view, found):
        return await own_page(view, services, found)
    return await deciding_page(view, services, found)
