"""The one border between domain errors and gRPC statuses."""

import math
from datetime import timedelta
from typing import cast

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

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

DOMAIN = "guichet"
FIELD = "field"

CODES: dict[type[DomainError], int] = {
    InvalidArgument: code_pb2.INVALID_ARGUMENT,
    Unauthenticated: code_pb2.UNAUTHENTICATED,
    PermissionDenied: code_pb2.PERMISSION_DENIED,
    NotFound: code_pb2.NOT_FOUND,
    AlreadyExists: code_pb2.ALREADY_EXISTS,
    FailedPrecondition: code_pb2.FAILED_PRECONDITION,
    ResourceExhausted: code_pb2.RESOURCE_EXHAUSTED,
    Unavailable: code_pb2.UNAVAILABLE,
}
KINDS = {code: kind for kind, code in CODES.items()}


def status_of(error: DomainError) -> grpc.Status:
    """Returns the status that carries an error.

    Its reason is in an ErrorInfo, its delay in a RetryInfo, and what else is wrong with the input in a
    BadRequest.
    """
    info = error_details_pb2.ErrorInfo(reason=error.reason.upper(), domain=DOMAIN, metadata=error.metadata)
    if error.field:
        info.metadata[FIELD] = error.field
    details = [packed(info)]
    if error.retry_after is not None:
        delay = duration_pb2.Duration(seconds=max(0, math.ceil(error.retry_after.total_seconds())))
        details.append(packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    if isinstance(error, InvalidArgument) and error.others:
        details.append(packed(error_details_pb2.BadRequest(field_violations=map(violation, error.others))))
    code = next(code for kind, code in CODES.items() if isinstance(error, kind))
    return rpc_status.to_status(status_pb2.Status(code=code, message=error.reason, details=details))


def violation(error: InvalidArgument) -> error_details_pb2.BadRequest.FieldViolation:
    return error_details_pb2.BadRequest.FieldViolation(field=error.field, reason=error.reason.upper())


def packed(message: Message) -> any_pb2.Any:
    detail = any_pb2.Any()
    detail.Pack(message)
    return detail


def domain_error_of(error: grpc.aio.AioRpcError) -> DomainError | None:
    """Returns the domain error that a call's failure carries, or None where it carries none."""
    status = rpc_status.from_call(cast("grpc.Call", error))
    if status is None or status.code not in KINDS:
        return None
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    wrong = error_details_pb2.BadRequest()
    retry_after = None
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(retry.DESCRIPTOR):
            detail.Unpack(retry)
            retry_after = timedelta(seconds=retry.retry_delay.seconds)
        elif detail.Is(wrong.DESCRIPTOR):
            detail.Unpack(wrong)
    if info.domain != DOMAIN:
        return None
    metadata = dict(info.metadata)
    field = metadata.pop(FIELD, "")
    found = KINDS[status.code](info.reason.lower(), field=field, retry_after=retry_after, **metadata)
    if isinstance(found, InvalidArgument):
        found.others = tuple(
            InvalidArgument(one.reason.lower(), field=one.field) for one in wrong.field_violations
        )
    return found
