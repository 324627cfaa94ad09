"""The verdict of a company's administrator."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from services.gateway.answers import AccessRequest
from services.gateway.body import StrictRoute
from services.gateway.decided import Verdict, decide, naming_the_decision
from services.gateway.dependencies import Backends, IdempotencyKey
from services.gateway.documented import BODY, CHANGES, KEYED, problems
from services.gateway.fields import AccessRequestId, Body
from services.gateway.people import access_request_answered
from services.gateway.session import Signed

router = APIRouter(prefix="/api/v1", route_class=StrictRoute, tags=["Access requests"])


class NewDecision(Body):
    """A verdict."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "approve", "role": "member"},
                {"verdict": "reject", "reason": "Vous ne travaillez pas dans cette entreprise."},
            ]
        }
    )

    verdict: Literal["approve", "reject"]
    role: Literal["member", "administrator"] | None = Field(
        None, description="Role granted by an approval, `member` by default; a rejection grants none"
    )
    reason: str | None = Field(
        None, description="Words to the requester, at most 500 characters; required to reject"
    )


@router.post(
    "/access-requests/{access_request_id}/decision",
    responses={
        202: {"model": AccessRequest, "description": "Recorded, and applied as soon as the worker is back"},
        **problems(
            *(*BODY, *CHANGES, *KEYED, "not_found", "wrong_value", "reason_required", "reason_too_long"),
            *("not_an_administrator", "self_approval"),
            *("already_decided", "request_expired", "request_cancelled"),
        ),
    },
)
async def decide_access_request(
    *,
    access_request_id: AccessRequestId,
    body: NewDecision,
    session: Signed,
    services: Backends,
    key: IdempotencyKey,
    response: Response,
) -> AccessRequest:
    """Approves or rejects an access request. The first decision wins."""
    verdict = Verdict(body.verdict, body.role, body.reason or "")
    async with naming_the_decision(services, session, access_request_id):
        access_request, applied = await decide(services, access_request_id, verdict, key)
    if not applied:
        response.status_code = 202
    return await access_request_answered(services, session, access_request)
