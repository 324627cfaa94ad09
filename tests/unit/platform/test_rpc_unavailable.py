import errno
import socket

import asyncpg
import pytest
import sqlalchemy.exc
from google.protobuf.any_pb2 import Any
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure, NotFoundFailure
from temporalio.service import RPCError, RPCStatusCode

from services.platform.rpc_unavailable import unavailable_part_of

DATABASE, ENGINE = "database_unavailable", "workflow_engine_unavailable"
PASSING = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
)


def part_of(error: BaseException) -> str | None:
    away = unavailable_part_of(error)
    return away.reason if away else None


def not_found(detail: NamespaceNotFoundFailure | NotFoundFailure) -> RPCError:
    packed = Any()
    packed.Pack(detail)
    status = GrpcStatus(code=RPCStatusCode.NOT_FOUND, details=[packed])
    return RPCError("not found", RPCStatusCode.NOT_FOUND, status.SerializeToString())


async def raised_on_connecting(error: Exception) -> BaseException:
    """Returns what the pool makes of an error of the driver."""

    async def refuse() -> asyncpg.Connection:
        raise error

    engine = create_async_engine("postgresql+asyncpg://127.0.0.1/none", async_creator=refuse)
    with pytest.raises(Exception, match=r".*") as raised:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    await engine.dispose()
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy.exc.TimeoutError("QueuePool limit reached"),
        TimeoutError(),
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        ConnectionResetError(),
        socket.gaierror(socket.EAI_NONAME, "unknown host"),
        OSError(errno.EHOSTUNREACH, "no route"),
        OSError("Multiple exceptions: [Errno 111] refused, [Errno 111] refused"),
    ],
    ids=repr,
)
def test_a_database_out_of_reach_is_away(error: Exception) -> None:
    assert part_of(error) == DATABASE


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "missing"),
        PermissionError(errno.EACCES, "no"),
        OSError(errno.ENOSPC, "full"),
    ],
    ids=repr,
)
def test_a_failing_file_is_no_database(error: OSError) -> None:
    assert part_of(error) is None


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (asyncpg.CannotConnectNowError, DATABASE),
        (asyncpg.TooManyConnectionsError, DATABASE),
        (asyncpg.ConnectionDoesNotExistError, DATABASE),
        (asyncpg.LockNotAvailableError, DATABASE),
        (asyncpg.QueryCanceledError, DATABASE),
        (asyncpg.DeadlockDetectedError, DATABASE),
        (asyncpg.SerializationError, DATABASE),
        (asyncpg.UniqueViolationError, None),
        (asyncpg.UndefinedColumnError, None),
        (asyncpg.NumericValueOutOfRangeError, None),
        (asyncpg.exceptions.DataError, None),
        (asyncpg.InterfaceError, None),
    ],
)
async def test_only_a_state_of_the_server_that_passes_counts_as_away(
    kind: type[Exception], part: str | None
) -> None:
    assert part_of(await raised_on_connecting(kind("told by the server"))) == part
    assert part_of(kind("told by the server")) == part


def test_a_connection_that_was_lost_under_a_statement_is_the_database_away() -> None:
    lost = sqlalchemy.exc.InterfaceError("SELECT 1", {}, Exception("closed"), connection_invalidated=True)
    assert part_of(lost) == DATABASE
    for words in ("connection is closed", "connection has been released back to the pool"):
        assert part_of(asyncpg.InterfaceError(words)) == DATABASE


@pytest.mark.parametrize("status", list(RPCStatusCode), ids=lambda status: status.name)
def test_a_workflow_engine_is_away_only_where_another_try_may_help(status: RPCStatusCode) -> None:
    assert part_of(RPCError("told by the server", status, b"")) == (ENGINE if status in PASSING else None)


def test_a_workflow_engine_without_its_namespace_yet_is_away() -> None:
    assert part_of(not_found(NamespaceNotFoundFailure(namespace="default"))) == ENGINE
    assert part_of(not_found(NotFoundFailure())) is None


def test_a_client_that_never_reached_the_workflow_engine_says_it_is_away() -> None:
    assert part_of(RuntimeError("Failed client connect: Server connection error")) == ENGINE
    assert part_of(RuntimeError("anything else")) is None


def test_a_mistake_in_the_code_is_nobody_away() -> None:
    for mistake in (KeyError("x"), ValueError(), AssertionError(), sqlalchemy.exc.InvalidRequestError()):
        assert part_of(mistake) is None
