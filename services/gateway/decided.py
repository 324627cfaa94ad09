"""Whoever comes after the decision is told which it was, by whom and when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc

from guichet.company.v1.company_service_pb2 import GetAccessRequestRequest
from services.gateway.errors import problem_of
from services.gateway.people import access_request_answered
from services.gateway.services import Services
from services.gateway.session import Session

ALREADY_DECIDED = "already_decided"


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
