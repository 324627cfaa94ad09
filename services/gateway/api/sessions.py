"""Signing in and out."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict

from guichet.identity.v1.identity_service_pb2 import CreateSessionRequest, DeleteSessionRequest
from services.gateway.answers import Session
from services.gateway.body import StrictRoute
from services.gateway.dependencies import Backends, IdempotencyKey
from services.gateway.documented import BODY, CHANGES, KEYED, problems
from services.gateway.fields import Body
from services.gateway.messages import account_answer, moment
from services.gateway.session import COOKIE, Signed

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Sessions"])


class Credentials(Body):
    """What signing in needs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "claire.morel@example.com", "password": "correct cheval agrafe pile"}]
        }
    )

    email: str
    password: str


@router.post(
    "/sessions",
    status_code=201,
    responses=problems(
        *BODY, *KEYED, "email_invalid", "invalid_credentials", "email_not_verified", "rate_limited"
    ),
)
async def create_session(body: Credentials, services: Backends, key: IdempotencyKey) -> Session:
    """Signs in. No cookie is set: the token goes into `Authorization: Bearer`."""
    answer = await services.identity.CreateSession(
        CreateSessionRequest(email=body.email, password=body.password, idempotency_key=key)
    )
    return Session(
        token=answer.token,
        expires_at=moment(answer.expire_time),
        account=account_answer(answer.account),
    )


@router.delete("/sessions/current", status_code=204, responses=problems(*CHANGES))
async def delete_session(session: Signed, services: Backends, response: Response) -> None:
    """Signs out."""
    await services.identity.DeleteSession(DeleteSessionRequest(token=session.token))
    if session.by_cookie:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
