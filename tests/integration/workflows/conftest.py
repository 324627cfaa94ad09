import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from deploy.local.temporal import SEARCH_ATTRIBUTES


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server whose clock jumps over timers."""
    server = Path(sys.executable).parent / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(server)) as env:
        await env.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace="default", search_attributes=SEARCH_ATTRIBUTES)
        )
        yield env


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal(temporal_address: str) -> Client:
    """A Temporal server as `make up` runs it."""
    return await Client.connect(temporal_address)
