"""What an activity says when a service fails it."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from temporalio.exceptions import ApplicationError

from services.platform.rpc_errors import domain_error_of


@contextmanager
def rpc_failures() -> Iterator[None]:
    """Turns a failed call into an ApplicationError that names its reason in the Temporal UI.

    All are worth another try: a wrong key or template is mended by people while the workflow waits, and
    a workflow that fails is an access request that is lost.
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        known = domain_error_of(error)
        reason = known.reason if known else error.code().name.lower()
        raise ApplicationError(f"{reason}: {error.details()}", type=reason) from None
