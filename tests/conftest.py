"""The real parts that tests run on: PostgreSQL and Temporal, started once for a run, on free ports."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres
from deploy.local.program import free_ports, running
from deploy.local.temporal import temporal_program
from services.platform.service_identity import create_keys


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guichet")


@pytest.fixture(scope="session")
def keys(state: Path) -> Path:
    directory = state / "keys"
    create_keys(directory)
    return directory


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_url(state: Path) -> AsyncIterator[str]:
    """Address of a PostgreSQL server, without a database name."""
    postgres = Postgres(state, free_ports(1)[0])
    async with running(postgres.program(), state / "postgres.log"):
        yield postgres.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_address(state: Path) -> AsyncIterator[str]:
    """Address of a Temporal server on disk, as `make up` runs it, without its UI."""
    port = free_ports(1)[0]
    temporal = Path(sys.executable).parent / "temporal"
    program = temporal_program(temporal, state / "temporal", port=port, ui_port=0)
    async with running(program, state / "temporal.log"):
        yield f"127.0.0.1:{port}"
