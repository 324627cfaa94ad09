"""A gateway process before real identity and company services. There is no worker, and no notification."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from deploy.local.program import free_ports, running
from services.company.server import MIGRATIONS
from services.company.settings import CompanySettings
from services.identity.settings import Settings as IdentitySettings
from services.platform.database import database_url, migrate
from tests.integration.company.running import RunningCompany, running_company
from tests.integration.gateway.running import Gateway, gateway_program
from tests.integration.identity.running import RunningIdentity, running_identity


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def identity(postgres_url: str, temporal_address: str, keys: Path) -> AsyncIterator[RunningIdentity]:
    settings = IdentitySettings(database_url=postgres_url, temporal_address=temporal_address, keys_dir=keys)
    async with running_identity(settings) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def company(postgres_url: str, temporal_address: str, keys: Path) -> AsyncIterator[RunningCompany]:
    settings = CompanySettings(
        database_url=postgres_url,
        temporal_address=temporal_address,
        keys_dir=keys,
        decision_wait="PT0.2S",
    )
    await migrate(database_url(settings, "company"), MIGRATIONS)
    async with running_company(settings) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def gateway(
    identity: RunningIdentity, company: RunningCompany, keys: Path, state: Path
) -> AsyncIterator[Gateway]:
    [port] = free_ports(1)
    started = Gateway(port, keys, identity, company)
    async with running(gateway_program(started), state / "gateway.log"):
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=20) as client:
        yield client
