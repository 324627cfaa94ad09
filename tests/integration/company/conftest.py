from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from services.company.server import MIGRATIONS
from services.company.settings import CompanySettings
from services.platform.database import database_url, migrate
from tests.integration.company.running import RunningCompany, running_company


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company_settings(postgres_url: str, temporal_address: str, keys: Path) -> CompanySettings:
    settings = CompanySettings(database_url=postgres_url, temporal_address=temporal_address, keys_dir=keys)
    await migrate(database_url(settings, "company"), MIGRATIONS)
    return settings


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def company(company_settings: CompanySettings) -> AsyncIterator[RunningCompany]:
    async with running_company(company_settings) as running:
        yield running
