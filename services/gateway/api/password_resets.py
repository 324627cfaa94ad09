"""A forgotten password."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from guichet.identity.v1.identity_service_pb2 import (
    ConfirmPasswordResetRequest,
    RequestPasswordResetRequest,
)
from services.gateway.answers import ResetSent
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, IdempotencyKey
from services.gateway.documented import BODY, KEYED, problems
from services.gateway.fields import Body

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Accounts"])


class ForgottenPassword(Body):
    """The address whose password is forgotten."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "claire.morel@example.com"}]})

    email: str


class NewPassword(Body):
    """A new password, and the token of the mail's link."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"token": "AZfww6Wbfn8cHl0Xc3VyZS1leGVtcGxl", "password": "lavande trottoir bocal 19 h"}
            ]
        }
    )

    token: str
    password: str = Field(description="At least 12 characters, at most 1,024 bytes")


@router.post(
    "/password-resets",
    status_code=202,
    responses=problems(*BODY, *KEYED, "email_invalid", "rate_limited"),
)
async def request_password_reset(
    body: ForgottenPassword, services: Backends, key: IdempotencyKey
) -> ResetSent:
    """Mails a link to choose a new password. The answer is the same for every address."""
    await services.identity.RequestPasswordReset(
        RequestPasswordResetRequest(email=body.email, idempotency_key=key)
    )
    return ResetSent()


@router.post(
    "/password-resets/confirmation",
    status_code=204,
    responses=problems(
        *BODY, "reset_invalid", "password_too_short", "password_too_long", "password_weak", "rate_limited"
    ),
)
async def confirm_password_reset(body: NewPassword, services: Backends) -> None:
    """Sets a new password, and ends every session of the account."""
    await services.identity.ConfirmPasswordReset(
        ConfirmPasswordResetRequest(token=body.token, password=body.password)
    )
