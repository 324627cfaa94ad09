"""Which errors mean that a part a service needs is away. Apart from rpc_errors: clients need neither part."""

import errno
from datetime import timedelta
from socket import gaierror

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from services.platform.errors import Unavailable

# A lazy Temporal client that never reached its server raises a bare RuntimeError that starts so.
NEVER_CONNECTED = "Failed client connect"
# asyncio and uvloop say so where a host has several addresses and none of them answers.
NO_ADDRESS_ANSWERS = "Multiple exceptions: "
# CANCELLED is what the Temporal client makes of its own timeout.
AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
    }
)
# The driver says so of a connection that was lost, in an error that may also stand for a mistake of ours.
LOST = ("is closed", "released back to the pool")
# … and so from when PostgreSQL has said that it ends a session until it hangs up: 2 is an error's remainder.
ENDING = "another operation (2) is in progress"
UNREACHABLE = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH})
# Connection, resources, operator intervention, not in the prerequisite state (a lock that was not to be
# had), serialization and deadlock: PostgreSQL, appendix A.
SQLSTATES = ("08", "53", "57", "55", "40")


def unavailable_part_of(error: BaseException) -> Unavailable | None:
    """Returns the Unavailable that a failing database or workflow engine stands for, or None."""
    if workflow_engine_is_away(error):
        return Unavailable("workflow_engine_unavailable", retry_after=timedelta(seconds=2))
    if database_is_away(error):
        return Unavailable("database_unavailable", retry_after=timedelta(seconds=2))
    return None


def workflow_engine_is_away(error: BaseException) -> bool:
    if isinstance(error, RPCError):
        return error.status in AWAY or is_without_namespace(error)
    return isinstance(error, RuntimeError) and str(error).startswith(NEVER_CONNECTED)


def is_without_namespace(error: RPCError) -> bool:
    """Tells whether the server has no such namespace, as long as a new one has not registered it."""
    return error.status is RPCStatusCode.NOT_FOUND and any(
        detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details
    )


def database_is_away(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        return error.connection_invalidated or state.startswith(SQLSTATES)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(SQLSTATES)
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in LOST)
    if isinstance(error, asyncpg.InternalClientError):
        return ENDING in str(error)
    if isinstance(error, OSError):
        return (
            isinstance(error, ConnectionError | TimeoutError | gaierror)
            or error.errno in UNREACHABLE
            or str(error).startswith(NO_ADDRESS_ANSWERS)
        )
    return isinstance(error, PoolTimeoutError)
