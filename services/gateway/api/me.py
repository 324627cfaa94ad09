"""Who is signed in, and where they stand."""

from fastapi import APIRouter, Request, Response

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessRequest
from services.gateway.answers import Me
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends
from services.gateway.documented import SIGNED_IN, problems
from services.gateway.messages import account_answer, membership_answer
from services.gateway.people import access_requests_answered
from services.gateway.session import CSRF_HEADER, Signed, csrf_token

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Accounts"])


@router.get("/me", responses=problems(*SIGNED_IN))
async def get_me(request: Request, response: Response, session: Signed, services: Backends) -> Me:
    """Returns the account, its memberships and its pending access requests.

    To whoever is signed in by cookie, the header X-CSRF-Token gives what a change must send back.
    """
    access = await services.company.GetOwnAccess(GetOwnAccessRequest())
    active = any(one.state == Membership.STATE_ACTIVE for one in access.memberships)
    if session.by_cookie:
        response.headers[CSRF_HEADER] = csrf_token(request.app.state.own, session.token)
    return Me(
        account=account_answer(session.account),
        memberships=[membership_answer(one) for one in access.memberships],
        pending_requests=await access_requests_answered(services, session, access.pending_access_requests),
        landing="portal" if active else "companies",
    )
