"""What an activity says when a service fails it."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import structlog
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from services.platform.rpc_errors import domain_error_of

log = structlog.get_logger()


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
        raise trying_again(reason, error.details() or "") from None


def trying_again(reason: str, words: str) -> ApplicationError:
    """Returns an error that is expected while a part is away: the Temporal UI shows it, the log one line."""
    log.warning("activity.trying_again", reason=reason, details=words)
    return ApplicationError(f"{reason}: {words}", type=reason, category=ApplicationErrorCategory.BENIGN)
