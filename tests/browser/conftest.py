from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.visitor import Sight, Visitor, visiting
from tests.system.companies import Company, demo_companies
from tests.system.people import Mailbox, NewPerson, new_person
from tests.system.running import RunningSystem, running_system

Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = chromium_program()
    if program is None:
        pytest.skip(MISSING)
    async with running_chromium(program) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def system(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSystem]:
    async with running_system(tmp_path_factory.mktemp("browser") / "state") as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def http(system: RunningSystem) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="package")
def mailbox(system: RunningSystem, http: httpx.AsyncClient) -> Mailbox:
    return Mailbox(http, system.mailbox_url)


@pytest.fixture
def person(http: httpx.AsyncClient, mailbox: Mailbox) -> NewPerson:
    return lambda name: new_person(http, mailbox, name)


@pytest.fixture(scope="package")
def companies() -> Iterator[Company]:
    """Demo companies, each given out once."""
    return iter(demo_companies())


@pytest.fixture
def company(companies: Iterator[Company]) -> Company:
    return next(companies)


@pytest_asyncio.fixture
async def visit(browser: Browser, system: RunningSystem) -> AsyncIterator[Visit]:
    """Opens browsers, one for each person; at the end none of them may have complained."""
    async with AsyncExitStack() as stack:

        async def opened(sight: Sight | None = None) -> Visitor:
            return await stack.enter_async_context(visiting(browser, system.url, sight or Sight()))

        yield opened
