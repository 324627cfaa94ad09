"""Who is signed in, where they stand, and what they change about themselves."""

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessRequest
from guichet.identity.v1.identity_service_pb2 import ChangePasswordRequest, UpdateAccountRequest
from services.gateway.answers import Account, Me, RenewedSession
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, IdempotencyKey
from services.gateway.documented import BODY, CHANGES, KEYED, SIGNED_IN, problems
from services.gateway.fields import Body
from services.gateway.messages import account_answer, membership_answer, moment
from services.gateway.people import access_requests_answered
from services.gateway.session import CSRF_HEADER, Signed, csrf_token, set_session_cookie

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Accounts"])


class AccountChange(Body):
    """What to change. What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"full_name": "Claire Morel-Petit", "locale": "fr"}]}
    )

    full_name: str | None = Field(None, description="At most 100 characters")
    locale: str | None = Field(None, description="Language of pages, mails and errors, `fr` or `en`")


class PasswordChange(Body):
    """The password of now, and the one to have."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "current_password": "correct cheval agrafe pile",
                    "new_password": "girafe ordinaire parapluie",
                }
            ]
        }
    )

    current_password: str
    new_password: str = Field(description="At least 12 characters, at most 1,024 bytes")


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


@router.patch("/me", responses=problems(*BODY, *CHANGES, "name_empty", "name_too_long", "locale_invalid"))
async def update_me(body: AccountChange, session: Signed, services: Backends) -> Account:
    """Changes one's name or language."""
    request = UpdateAccountRequest(full_name=body.full_name, locale=body.locale)
    return account_answer((await services.identity.UpdateAccount(request)).account)


@router.post(
    "/me/password",
    responses=problems(
        *(*BODY, *CHANGES, *KEYED),
        *("password_wrong", "password_too_short", "password_too_long", "password_weak", "rate_limited"),
    ),
)
async def change_password(
    *,
    body: PasswordChange,
    request: Request,
    response: Response,
    session: Signed,
    services: Backends,
    key: IdempotencyKey,
) -> RenewedSession:
    """Changes one's password, ends one's other sessions, and gives the present one a new token."""
    answer = await services.identity.ChangePassword(
        ChangePasswordRequest(
            token=session.token,
            current_password=body.current_password,
            new_password=body.new_password,
            idempotency_key=key,
        )
    )
    if session.by_cookie:
        set_session_cookie(request, response, answer.token, answer.expire_time)
    return RenewedSession(
        token=None if session.by_cookie else answer.token, expires_at=moment(answer.expire_time)
    )
