"""What an error says on one side of a call is what is read on the other."""

from datetime import timedelta

import grpc
import pytest

from services.platform.errors import DomainError, InvalidArgument, ResourceExhausted, checked
from services.platform.rpc_errors import CODES, domain_error_of, status_of


def refuse(written: str) -> None:
    raise InvalidArgument(f"{written}_wrong", field=written)


def received(error: DomainError) -> DomainError | None:
    status = status_of(error)
    metadata = grpc.aio.Metadata(*status.trailing_metadata)
    return domain_error_of(
        grpc.aio.AioRpcError(status.code, grpc.aio.Metadata(), metadata, details=status.details)
    )


@pytest.mark.parametrize("kind", CODES)
def test_an_error_arrives_as_it_was_sent(kind: type[DomainError]) -> None:
    arrived = received(kind("some_reason", field="some_field", detail="more"))
    assert type(arrived) is kind
    assert arrived is not None
    assert (arrived.reason, arrived.field, arrived.metadata) == (
        "some_reason",
        "some_field",
        {"detail": "more"},
    )


def test_a_delay_is_rounded_up_to_whole_seconds() -> None:
    arrived = received(ResourceExhausted("rate_limited", retry_after=timedelta(seconds=1.2)))
    assert arrived is not None
    assert arrived.retry_after == timedelta(seconds=2)


def test_all_that_is_wrong_with_an_input_arrives_in_order() -> None:
    errors: list[InvalidArgument] = []
    assert checked(errors, refuse, "a") is None
    assert checked(errors, str.upper, "b") == "B"
    assert checked(errors, refuse, "c") is None
    arrived = received(InvalidArgument.together([*errors, InvalidArgument("d_wrong", field="d")]))
    assert isinstance(arrived, InvalidArgument)
    found = [(one.field, one.reason) for one in (arrived, *arrived.others)]
    assert found == [("a", "a_wrong"), ("c", "c_wrong"), ("d", "d_wrong")]


def test_an_error_of_somebody_else_is_none_of_ours() -> None:
    error = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), grpc.aio.Metadata())
    assert domain_error_of(error) is None
