from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.system.running import CommandLine, RunningSystem, running_system


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSystem]:
    async with running_system(tmp_path_factory.mktemp("cli") / "state") as running:
        yield running


@pytest.fixture(scope="package")
def guichet(system: RunningSystem) -> CommandLine:
    return CommandLine({"GUICHET_STATE_DIR": str(system.state)})


@pytest.fixture
def guichet_alone(tmp_path: Path) -> CommandLine:
    """The command line where nothing runs."""
    return CommandLine({"GUICHET_STATE_DIR": str(tmp_path / "state")})
