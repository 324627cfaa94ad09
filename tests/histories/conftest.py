from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from temporalio.client import Client

from tests.histories.stage import Stage, staged, temporal_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(state: Path) -> AsyncIterator[Client]:
    async with temporal_server(state / "histories") as client:
        yield client


@pytest_asyncio.fixture
async def stage(server: Client, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(server, tmp_path / "stage") as stage:
        yield stage
