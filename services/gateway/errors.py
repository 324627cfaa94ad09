"""Every failed call becomes a problem."""

import math
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import grpc
import structlog

from services.gateway.problems import STATUSES, FieldError, Problem
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

Answer = TypeVar("Answer")

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


def problem_of(error: grpc.aio.AioRpcError) -> Problem:
    """Returns what a failed call means to the client."""
    domain_error = domain_error_of(error)
    if domain_error is not None:
        return problem_of_domain_error(domain_error)
    if error.code() in AWAY:
        return Problem("service_unavailable", retry_after=RETRY_SECONDS)
    log.error("rpc.unexpected", code=error.code().name)
    return Problem("internal")


async def or_none(call: Awaitable[Answer]) -> Answer | None:
    """Returns what a call finds, and None where there is no such thing."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        if problem_of(error).code != "not_found":
            raise
        return None


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
