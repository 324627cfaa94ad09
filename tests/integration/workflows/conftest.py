import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from deploy.local.program import free_ports, running
from deploy.local.temporal import SEARCH_ATTRIBUTES, temporal_program


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
async def temporal(state: Path) -> AsyncIterator[Client]:
    """A Temporal server as `make up` runs it, without what other tests left in its task queue."""
    port = free_ports(1)[0]
    command = Path(sys.executable).parent / "temporal"
    program = temporal_program(command, state / "temporal-workflows", port=port, ui_port=0)
    async with running(program, state / "temporal-workflows.log"):
        yield await Client.connect(f"127.0.0.1:{port}")
