"""Which errors mean that a part a service needs is away. Apart from rpc_errors: clients need neither part."""

from datetime import timedelta

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from temporalio.service import RPCError

from services.platform.errors import Unavailable

# A lazy Temporal client that never reached its server raises a bare RuntimeError that starts so.
NEVER_CONNECTED = "Failed client connect"


def unavailable_part_of(error: BaseException) -> Unavailable | None:
    """Returns the Unavailable that a failing database or workflow engine stands for, or None.

    Source: SQLSTATE classes 08 (connection), 53 (resources), 57 (operator intervention) and 40
    (serialization, deadlock) are worth another try.
    """
    never_connected = isinstance(error, RuntimeError) and str(error).startswith(NEVER_CONNECTED)
    if isinstance(error, RPCError) or never_connected:
        return Unavailable("workflow_engine_unavailable", retry_after=timedelta(seconds=2))
    if isinstance(error, OSError | TimeoutError | InterfaceError | OperationalError):
        return Unavailable("database_unavailable", retry_after=timedelta(seconds=2))
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        if error.connection_invalidated or state[:2] in ("08", "53", "57", "40"):
            return Unavailable("database_unavailable", retry_after=timedelta(seconds=2))
    return None
