"""A company service with its real gate, database and workflow engine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import grpc
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from stdnum import luhn
from temporalio.client import Client, WorkflowHandle

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2_grpc import (
    CompanyServiceStub,
    add_CompanyServiceServicer_to_server,
)
from services.company.server import wired
from services.company.servicer import CALLERS, SERVICE, CompanyServicer
from services.company.settings import CompanySettings
from services.platform.connections import open_connections
from services.platform.database import create_engine, database_url
from services.platform.errors import DomainError
from services.platform.rpc_client import open_channel
from services.platform.rpc_errors import domain_error_of
from services.platform.rpc_server import CallGate
from services.platform.service_identity import ServiceIdentity, TrustedServices
from services.platform.workflow_engine import connect
from tests.integration.company.people import CODE, Person
from workflows.access_request.messages import workflow_id

if TYPE_CHECKING:
    from guichet.company.v1.company_service_pb2_grpc import CompanyServiceAsyncStub

Answer = TypeVar("Answer")


def new_siren() -> str:
    """Returns a Siren that no test has used."""
    first = f"{10**7 + randbelow(9 * 10**7)}"
    return first + str(luhn.calc_check_digit(first))


async def refused(call: Awaitable[Any]) -> DomainError:
    """Returns the error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    error = domain_error_of(raised.value)
    assert error is not None, raised.value
    return error


async def results(*calls: Awaitable[Any]) -> tuple[list[Any], list[DomainError]]:
    """Makes calls at once, and returns the answers and the errors."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    answers = [one for one in ended if not isinstance(one, BaseException)]
    errors = [domain_error_of(one) for one in ended if isinstance(one, grpc.aio.AioRpcError)]
    assert all(errors)
    assert len(answers) + len(errors) == len(ended)
    return answers, [one for one in errors if one is not None]


class RunningCompany:
    def __init__(self, address: str, engine: AsyncEngine, temporal: Client, keys: Path) -> None:
        self.address = address
        self.temporal = temporal
        self.engine = engine
        self._keys = keys
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._signers: dict[str, ServiceIdentity] = {}

    def signer(self, service: str) -> ServiceIdentity:
        if service not in self._signers:
            self._signers[service] = ServiceIdentity(service, self._keys)
        return self._signers[service]

    def as_service(self, service: str) -> "CompanyServiceAsyncStub":
        """Returns a stub whose calls are signed by one of the processes."""
        if service not in self._channels:
            self._channels[service] = open_channel(
                self.address, service=SERVICE, identity=self.signer(service)
            )
        return CompanyServiceStub(self._channels[service])

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    def person(self) -> Person:
        return Person(self, uuid4().hex)

    def acting_as(self, person: Person) -> Person:
        """Returns the same account, who calls this replica."""
        return Person(self, person.account_id)

    async def register(self, *, contact_email: str = "contact@example.com") -> str:
        """Imports a new company, and returns its Siren."""
        siren = new_siren()
        row = rpc.CompanyImportRow(
            line=1, siren=siren, name=f"Ateliers {siren}", member_code=CODE, contact_email=contact_email
        )
        cli = self.as_service("cli")
        import_id = (await cli.StartCompanyImport(rpc.StartCompanyImportRequest())).import_id
        added = await cli.AddCompanyImportRows(
            rpc.AddCompanyImportRowsRequest(import_id=import_id, rows=[row])
        )
        assert not added.errors
        await cli.FinishCompanyImport(rpc.FinishCompanyImportRequest(import_id=import_id))
        return siren

    async def claimed(self) -> tuple[str, Person]:
        """Returns a company's Siren, and its administrator."""
        siren, first = await self.register(), self.person()
        answer = await first.ask(siren)
        assert answer.WhichOneof("outcome") == "administrator_granted"
        return siren, first

    async def joined(
        self, siren: str, by: Person, role: company_pb2.Role.ValueType = company_pb2.ROLE_MEMBER
    ) -> Person:
        """Returns someone whom an administrator let in."""
        person = self.person()
        id_ = await person.submit(siren)
        await self.applied(by.approve(id_, role=role), id_)
        # The approval may have stopped waiting before.
        assert await self.settle(id_) == AccessRequest.STATE_APPROVED
        return person

    async def settle(self, id_: str) -> AccessRequest.State.ValueType:
        """Does what the workflow does once it is signalled."""
        request = rpc.SettleAccessRequestRequest(access_request_id=id_)
        return (await self.as_service("worker").SettleAccessRequest(request)).state

    async def applied(self, call: Awaitable[Answer], id_: str) -> Answer:
        """Makes a call that waits until a decision is applied, and applies what is recorded."""
        waiting = asyncio.ensure_future(call)
        while not waiting.done():
            await self.settle(id_)
            await asyncio.wait([waiting], timeout=0.02)
        return await waiting

    def workflow(self, siren: str, id_: str) -> WorkflowHandle[Any, Any]:
        return self.temporal.get_workflow_handle(workflow_id(siren, id_))

    async def signals(self, siren: str, id_: str) -> list[str]:
        """Returns the names of the signals that a workflow was sent."""
        history = await self.workflow(siren, id_).fetch_history()
        return [
            event.workflow_execution_signaled_event_attributes.signal_name
            for event in history.events
            if event.HasField("workflow_execution_signaled_event_attributes")
        ]

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.engine.begin()

    async def sql(self, statement: str, **parameters: Any) -> list[Any]:
        async with self.engine.begin() as connection:
            result = await connection.execute(text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    async def until_blocked(self, count: int) -> None:
        """Waits until so many transactions wait for a lock."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        async with asyncio.timeout(10):
            while (await self.sql(waiting))[0][0] < count:
                await asyncio.sleep(0.01)

    async def expire(self, id_: str) -> None:
        """Makes the time of an access request be over."""
        await self.sql(
            "UPDATE access_requests SET expire_at = clock_timestamp() WHERE id = :id RETURNING id", id=id_
        )


@asynccontextmanager
async def running_company(settings: CompanySettings) -> AsyncIterator[RunningCompany]:
    """Serves on a free port, on a database that is migrated already."""
    keys = settings.keys_directory
    url = database_url(settings, "company")
    engine = create_engine(url, pool_size=settings.database_pool_size)
    temporal = await connect(settings, lazy=True)
    server = grpc.aio.server(interceptors=[CallGate({SERVICE: CALLERS}, TrustedServices(keys))])
    async with (
        open_connections(url, most=2 * settings.database_pool_size) as connections,
        wired(settings, ServiceIdentity("company", keys), connections, temporal) as parts,
    ):
        add_CompanyServiceServicer_to_server(CompanyServicer(parts), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        running = RunningCompany(f"127.0.0.1:{port}", engine, temporal, keys)
        try:
            yield running
        finally:
            await running.close()
            await server.stop(None)
    await engine.dispose()
