from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from tests.system.companies import Company, demo_companies
from tests.system.people import Mailbox, NewPerson, new_person
from tests.system.running import RunningSystem, running_system


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSystem]:
    """The system with the settings it comes with."""
    async with running_system(tmp_path_factory.mktemp("up") / "state") as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(system: RunningSystem) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def mailbox(system: RunningSystem, http: httpx.AsyncClient) -> Mailbox:
    return Mailbox(http, system.mailbox_url)


@pytest.fixture(scope="session")
def person(http: httpx.AsyncClient, mailbox: Mailbox) -> NewPerson:
    return lambda name: new_person(http, mailbox, name)


@pytest.fixture(scope="session")
def companies() -> Iterator[Company]:
    """Demo companies, each given out once."""
    return iter(demo_companies())


@pytest.fixture
def company(companies: Iterator[Company]) -> Company:
    return next(companies)
