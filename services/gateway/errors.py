"""Every error becomes a problem, and every problem one answer: JSON for clients, a page for people."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from services.gateway.body import shown_name
from services.gateway.pages.rendering import problem_page
from services.gateway.problems import STATUSES, FieldError, Problem, problem_document
from services.platform.errors import (
    AlreadyExists,
    DomainError,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from services.platform.rpc_errors import domain_error_of

log = structlog.get_logger()

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 2
STATUS_BY_KIND: dict[type[DomainError], int] = {
    InvalidArgument: 422,
    Unauthenticated: 401,
    PermissionDenied: 403,
    NotFound: 404,
    AlreadyExists: 409,
    FailedPrecondition: 409,
    ResourceExhausted: 429,
    Unavailable: 503,
}
# Raised by the services, about what the gateway itself did wrong.
OWN_MISTAKES = frozenset(
    {
        "service_not_trusted",
        "caller_not_allowed",
        "too_many_ids",
        "parameter_missing",
        "parameter_invalid",
    }
)
AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED})
CODES_OF_PYDANTIC = {
    "missing": "field_required",
    "extra_forbidden": "unknown_field",
    "string_unicode": "invalid_text",
    "literal_error": "wrong_value",
}


def problem_of(error: grpc.aio.AioRpcError) -> Problem:
    """Returns what a failed call means to the client."""
    domain_error = domain_error_of(error)
    if domain_error is not None:
        return problem_of_domain_error(domain_error)
    if error.code() in AWAY:
        return Problem("service_unavailable", retry_after=RETRY_SECONDS)
    log.error("rpc.unexpected", code=error.code().name)
    return Problem("internal")


def as_problem(error: Problem | grpc.aio.AioRpcError) -> Problem:
    """Returns what stops a request, whoever said so: the gateway or a service."""
    return error if isinstance(error, Problem) else problem_of(error)


def problem_of_domain_error(error: DomainError) -> Problem:
    if isinstance(error, Unavailable):
        seconds = seconds_of(error.retry_after) or RETRY_SECONDS
        return Problem("service_unavailable", retry_after=seconds, members={"part": error.reason})
    if error.reason in OWN_MISTAKES:
        log.error("rpc.refused", reason=error.reason)
        return Problem("internal")
    others = error.others if isinstance(error, InvalidArgument) else ()
    if error.reason not in STATUSES:
        log.warning("problem.unregistered", reason=error.reason)
    return Problem(
        error.reason,
        errors=tuple(FieldError(one.field, one.reason) for one in (error, *others) if one.field),
        members={outward(name): value for name, value in error.metadata.items()} | end_of_limit(error),
        retry_after=seconds_of(error.retry_after),
        status=next(status for kind, status in STATUS_BY_KIND.items() if isinstance(error, kind)),
    )


def end_of_limit(error: DomainError) -> dict[str, str]:
    """Returns the member `retry_at` of a limit, for people who count in hours: a full minute, never early."""
    if error.reason != "rate_limited" or error.retry_after is None:
        return {}
    free = datetime.now(UTC) + error.retry_after + timedelta(minutes=1)
    return {"retry_at": free.replace(second=0, microsecond=0).isoformat().replace("+00:00", "Z")}


def outward(name: str) -> str:
    """Names a member as the JSON API does: protos say `_time`, the API says `_at`."""
    return f"{name.removesuffix('_time')}_at" if name.endswith("_time") else name


def seconds_of(delay: timedelta | None) -> int | None:
    return None if delay is None else max(1, math.ceil(delay.total_seconds()))


def problem_of_validation(errors: Sequence[Any]) -> Problem:
    """Returns what FastAPI's validation found, without any value that was submitted."""
    found = tuple(
        FieldError(
            field=".".join(filter(None, (shown_name(str(part)) for part in error["loc"][1:]))),
            code=code_of(error["type"]),
        )
        for error in errors
    )
    if any(error.code == "not_found" for error in found):
        return Problem("not_found")
    return Problem(found[0].code, errors=found)


def code_of(pydantic_type: str) -> str:
    if pydantic_type in STATUSES:
        return pydantic_type
    return CODES_OF_PYDANTIC.get(pydantic_type, "wrong_type")


def problem_response(scope: Scope, problem: Problem) -> Response:
    """Returns the answer to a problem, in the request's language."""
    state = scope["state"]
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.http_status == 405:
        headers["Allow"] = ", ".join(allowed_methods(scope))
    document = problem_document(
        problem,
        language=state["language"],
        trace_id=state["trace_id"],
        public_url=scope["app"].state.settings.public_url,
    )
    if wants_page(scope):
        return problem_page(document, language=state["language"], headers=headers)
    return JSONResponse(document, problem.http_status, headers, media_type=PROBLEM_TYPE)


def wants_page(scope: Scope) -> bool:
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return not scope["path"].startswith("/api/") and b"text/html" in accept


def allowed_methods(scope: Scope) -> list[str]:
    """Returns the methods of every route with this path; Starlette names those of the first only."""
    found: set[str] = set()
    for route in scope["app"].routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= route.methods
    return sorted(found)


def register_errors(app: FastAPI) -> None:
    """Makes every error that a route may raise an answer."""

    async def answer(request: Request, error: Exception) -> Response:
        return problem_response(request.scope, problem_of_error(error))

    for kind in (Problem, grpc.aio.AioRpcError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def problem_of_error(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case grpc.aio.AioRpcError():
            return problem_of(error)
        case RequestValidationError():
            return problem_of_validation(error.errors())
        case HTTPException(status_code=404):
            return Problem("not_found")
        case HTTPException(status_code=405):
            return Problem("method_not_allowed")
        case _:
            return Problem("malformed_body")
