"""Requests of tools that come through the browser as a form: they go on as the same request by GET.

The browser sends no cookie along with a form of another site, and it does where a link or a redirect leads.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from services.gateway.body import read_parameters
from services.gateway.openid.addresses import AUTHORIZE_PATH, LOGOUT_PATH, SEE_OTHER
from services.gateway.openid.authorization import LONGEST_QUERY
from services.gateway.problems import Problem


class PostedRoute(APIRoute):
    """A form of another site. Nothing is done here, and no cookie read: there is no token to ask for."""


router = APIRouter(route_class=PostedRoute, include_in_schema=False)


@router.post(AUTHORIZE_PATH)
@router.post(LOGOUT_PATH)
async def ask_by_get(request: Request) -> Response:
    """Repeats the request by GET, with all that it holds.

    Raises:
        Problem: body_too_large, body_timeout, malformed_body, unsupported_media_type.
    """
    query = urlencode(await read_parameters(request))
    if len(query) > LONGEST_QUERY:
        raise Problem("body_too_large")
    return RedirectResponse(f"{request.url.path}?{query}", SEE_OTHER)
