from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.stage import Stage, running_stage
from tests.browser.visitor import Sight, Visitor, visiting

Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = chromium_program()
    if program is None:
        pytest.skip(MISSING)
    async with running_chromium(program) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with running_stage(tmp_path_factory.mktemp("browser") / "state", browser) as running:
        yield running


@pytest_asyncio.fixture
async def visit(browser: Browser, stage: Stage) -> AsyncIterator[Visit]:
    """Opens browsers, one for each person; at the end none of them may have complained."""
    async with AsyncExitStack() as stack:

        async def opened(sight: Sight | None = None) -> Visitor:
            return await stack.enter_async_context(visiting(browser, stage.system.url, sight or Sight()))

        yield opened
