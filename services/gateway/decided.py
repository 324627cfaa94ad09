"""Deciding; and whoever comes after the decision is told which it was, by whom and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import grpc

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import (
    ApproveAccessRequestRequest,
    GetAccessRequestRequest,
    RejectAccessRequestRequest,
)
from services.gateway.errors import problem_of
from services.gateway.messages import ROLES
from services.gateway.people import access_request_answered
from services.gateway.services import Services
from services.gateway.session import Session

ALREADY_DECIDED = "already_decided"


@dataclass(frozen=True)
class Verdict:
    """What an administrator decides. `role` is that of an approval, `member` by default."""

    verdict: Literal["approve", "reject"]
    role: Literal["member", "administrator"] | None = None
    reason: str = ""


async def decide(
    services: Services, access_request_id: str, verdict: Verdict, key: str
) -> tuple[AccessRequest, bool]:
    """Returns the access request, and False where the decision is recorded and not applied yet."""
    if verdict.verdict == "approve":
        approved = await services.company.ApproveAccessRequest(
            ApproveAccessRequestRequest(
                access_request_id=access_request_id,
                role=ROLES[verdict.role or "member"],
                reason=verdict.reason,
                idempotency_key=key,
            )
        )
        return approved.access_request, approved.applied
    rejected = await services.company.RejectAccessRequest(
        RejectAccessRequestRequest(
            access_request_id=access_request_id, reason=verdict.reason, idempotency_key=key
        )
    )
    return rejected.access_request, rejected.applied


@asynccontextmanager
async def naming_the_decision(
    services: Services, session: Session, access_request_id: str
) -> AsyncIterator[None]:
    """Adds the decision that won to the problem `already_decided`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        problem = problem_of(error)
        if problem.code != ALREADY_DECIDED:
            raise problem from error
        request = GetAccessRequestRequest(access_request_id=access_request_id)
        answer = await services.company.GetAccessRequest(request)
        access_request = await access_request_answered(services, session, answer.access_request)
        named: dict[str, Any] = {
            "access_request_id": access_request_id,
            "state": access_request.state,
            "decision": None,
        }
        if access_request.decision is not None:
            decision = access_request.decision.model_dump(mode="json")
            named |= {
                "decision": decision,
                "decided_by": decision["by"]["full_name"],
                "decided_at": decision["at"],
            }
        raise replace(problem, members=named) from error
