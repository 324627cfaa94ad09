"""Signing in and out, and the sessions one has."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from guichet.identity.v1.identity_service_pb2 import (
    CompleteSessionRequest,
    CreateSessionRequest,
    DeleteSessionRequest,
    ListSessionsRequest,
    RevokeOtherSessionsRequest,
    RevokeSessionRequest,
)
from services.gateway.answers import OwnSessionPage, Session, SessionsRevoked
from services.gateway.body import StrictRoute
from services.gateway.cookies import delete_cookie
from services.gateway.dependencies import Backends, IdempotencyKey, UserAgent
from services.gateway.documented import BODY, CHANGES, KEYED, PAGED, SIGNED_IN, problems
from services.gateway.fields import Body, PageQuery, SessionId
from services.gateway.messages import challenge_members, own_session_answer, session_answer
from services.gateway.problems import Problem, field_problem
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


class SecondFactorProof(Body):
    """The challenge of a sign-in, and one of the ways to complete it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"challenge_token": "gc_3Jt0cXl1aWNoZXRfZXhhbXBsZV90b2tlbg", "totp_code": "482 913"},
                {
                    "challenge_token": "gc_3Jt0cXl1aWNoZXRfZXhhbXBsZV90b2tlbg",
                    "recovery_code": "k7m2-9qxt-4hrw",
                },
            ]
        }
    )

    challenge_token: str
    totp_code: str | None = Field(None, description="Six digits of the application. Spaces are ignored")
    recovery_code: str | None = Field(None, description="Works once. Spaces, dashes and case are ignored")
    passkey_assertion: dict[str, Any] | None = Field(
        None, description="What `navigator.credentials.get` returned for `passkey_options`, as JSON"
    )


@router.post(
    "/sessions",
    status_code=201,
    responses=problems(
        *(*BODY, *KEYED),
        *("email_invalid", "invalid_credentials", "second_factor_required", "email_not_verified"),
        "rate_limited",
    ),
)
async def create_session(
    body: Credentials, services: Backends, key: IdempotencyKey, user_agent: UserAgent
) -> Session:
    """Signs in. No cookie is set: the token goes into `Authorization: Bearer`.

    Where the account has a second factor, `second_factor_required` names the ways to prove it, for
    `POST /api/v1/sessions/second-factor`.
    """
    answer = await services.identity.CreateSession(
        CreateSessionRequest(
            email=body.email, password=body.password, idempotency_key=key, user_agent=user_agent
        )
    )
    if answer.HasField("challenge"):
        raise Problem("second_factor_required", members=challenge_members(answer.challenge))
    return session_answer(answer)


@router.post(
    "/sessions/second-factor",
    status_code=201,
    responses=problems(*BODY, *KEYED, "challenge_expired", "second_factor_invalid", "rate_limited"),
)
async def complete_session(
    body: SecondFactorProof, services: Backends, key: IdempotencyKey, user_agent: UserAgent
) -> Session:
    """Signs in with the second factor. Each code and each challenge works once."""
    method = given_proof(body)
    assertion = "" if body.passkey_assertion is None else json.dumps(body.passkey_assertion)
    proofs = {
        "totp_code": CompleteSessionRequest(totp_code=body.totp_code or ""),
        "recovery_code": CompleteSessionRequest(recovery_code=body.recovery_code or ""),
        "passkey_assertion": CompleteSessionRequest(passkey_assertion=assertion),
    }
    request = CompleteSessionRequest(
        challenge_token=body.challenge_token, idempotency_key=key, user_agent=user_agent
    )
    request.MergeFrom(proofs[method])
    return session_answer(await services.identity.CompleteSession(request))


@router.get("/sessions", responses=problems(*SIGNED_IN, *PAGED))
async def list_sessions(
    page: Annotated[PageQuery, Query()], session: Signed, services: Backends
) -> OwnSessionPage:
    """Lists one's open sessions, newest first."""
    answer = await services.identity.ListSessions(
        ListSessionsRequest(token=session.token, page_size=page.limit, page_token=page.cursor)
    )
    return OwnSessionPage(
        items=[own_session_answer(one) for one in answer.sessions],
        next_cursor=answer.next_page_token or None,
    )


@router.delete("/sessions/current", status_code=204, responses=problems(*CHANGES))
async def delete_session(request: Request, session: Signed, services: Backends, response: Response) -> None:
    """Signs out."""
    await services.identity.DeleteSession(DeleteSessionRequest(token=session.token))
    if session.by_cookie:
        delete_cookie(request, response, COOKIE)


@router.delete("/sessions/others", responses=problems(*CHANGES))
async def revoke_other_sessions(session: Signed, services: Backends) -> SessionsRevoked:
    """Ends every session of one's own but the present one."""
    answer = await services.identity.RevokeOtherSessions(RevokeOtherSessionsRequest(token=session.token))
    return SessionsRevoked(revoked_count=answer.revoked_count)


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(*CHANGES, "not_found"))
async def revoke_session(session_id: SessionId, session: Signed, services: Backends) -> None:
    """Ends a session of one's own. Ending it twice is harmless."""
    await services.identity.RevokeSession(RevokeSessionRequest(session_id=session_id))


def given_proof(body: SecondFactorProof) -> Literal["totp_code", "recovery_code", "passkey_assertion"]:
    """Returns the field of the one proof that is given; none or two: Problem."""
    given: list[Literal["totp_code", "recovery_code", "passkey_assertion"]] = []
    if body.totp_code is not None:
        given.append("totp_code")
    if body.recovery_code is not None:
        given.append("recovery_code")
    if body.passkey_assertion is not None:
        given.append("passkey_assertion")
    if not given:
        raise field_problem("field_required", "totp_code")
    if len(given) > 1:
        raise field_problem("unknown_field", given[1])
    return given[0]
