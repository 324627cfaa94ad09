"""The gate, the health and the life of the process."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local.program import Program, free_ports, spawn, wait_ready
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.company_service_pb2_grpc import CompanyServiceStub
from services.company.servicer import CALLERS, SERVICE
from services.company.settings import CompanySettings
from services.company.storage.tables import metadata
from services.platform.database import database_url
from tests.integration.company.running import RunningCompany, refused


async def test_every_method_has_its_callers() -> None:
    methods = rpc.DESCRIPTOR.services_by_name["CompanyService"].methods
    assert {method.name for method in methods} == set(CALLERS)


async def test_a_bare_call_is_unauthenticated(company: RunningCompany) -> None:
    async with grpc.aio.insecure_channel(company.address) as channel:
        error = await refused(CompanyServiceStub(channel).GetOwnAccess(rpc.GetOwnAccessRequest()))
    assert error.reason == "service_not_trusted"


async def test_a_service_calls_only_what_it_may(company: RunningCompany) -> None:
    settle = rpc.SettleAccessRequestRequest(access_request_id="x")
    for service in ("gateway", "cli", "identity", "notification"):
        error = await refused(company.as_service(service).SettleAccessRequest(settle))
        assert error.reason == "caller_not_allowed"
    error = await refused(company.as_service("worker").StartCompanyImport(rpc.StartCompanyImportRequest()))
    assert error.reason == "caller_not_allowed"


async def test_the_gateway_alone_acts_for_nobody(company: RunningCompany) -> None:
    error = await refused(company.as_service("gateway").GetOwnAccess(rpc.GetOwnAccessRequest()))
    assert error.reason == "unauthenticated"


async def test_the_migrated_schema_is_that_of_the_tables(company_settings: CompanySettings) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(database_url(company_settings, "company"))
    async with engine.connect() as connection:
        assert not await connection.run_sync(differences)
    await engine.dispose()


def process(settings: CompanySettings, port: int, **variables: str) -> Program:
    async def ready() -> None:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            assert await health(channel, SERVICE) == health_pb2.HealthCheckResponse.SERVING

    return Program(
        name="company",
        argv=(sys.executable, "-m", "services.company"),
        ready=ready,
        environment={
            "GUICHET_DATABASE_URL": settings.database_url,
            "GUICHET_TEMPORAL_ADDRESS": settings.temporal_address,
            "GUICHET_KEYS_DIR": str(settings.keys_dir),
            "GUICHET_COMPANY_PORT": str(port),
            **variables,
        },
    )


async def health(channel: grpc.aio.Channel, part: str) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=part), timeout=2)
    return int(answer.status)


async def test_the_process_serves_ends_long_waits_and_leaves_with_0(
    company: RunningCompany, company_settings: CompanySettings, tmp_path: Path
) -> None:
    port = free_ports(1)[0]
    program = process(company_settings, port, GUICHET_EXPIRE_AFTER="P10D", GUICHET_REMIND_AFTER="3bd")
    with (tmp_path / "log").open("wb") as log:
        running = await spawn(program, log.fileno())
    await wait_ready(program, running, seconds=30)
    siren, _ = await company.claimed()
    person = company.person()
    known = await person.get(await person.submit(siren))

    replica = RunningCompany(
        f"127.0.0.1:{port}", company.engine, company.temporal, company_settings.keys_directory
    )
    waiting = asyncio.ensure_future(replica.acting_as(person).wait(known.id, known.revision, 30))
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert await health(channel, "worker") == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await health(channel, SERVICE) == health_pb2.HealthCheckResponse.SERVING
    running.terminate()
    assert await waiting == known
    async with asyncio.timeout(8):
        assert await running.wait() == 0
    await replica.close()
    written = (tmp_path / "log").read_text()
    assert "stopped" in written
    assert "Traceback" not in written


async def test_a_wrong_setting_is_one_line_and_code_2(
    company_settings: CompanySettings, tmp_path: Path
) -> None:
    program = process(company_settings, 1, GUICHET_EXPIRE_AFTER="soon")
    with (tmp_path / "log").open("wb") as log:
        running = await spawn(program, log.fileno())
    assert await running.wait() == 2
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert "GUICHET_EXPIRE_AFTER" in line
