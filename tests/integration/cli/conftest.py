import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.deploy.running_system import ROOT, RunningSystem, running_system


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """`guichet`, as a person runs it beside a running system: it knows the state folder alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        self._environment = {**inherited, **environment}

    async def __call__(self, *arguments: str | Path) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", *map(str, arguments)),
            env=self._environment,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


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
