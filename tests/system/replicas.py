"""More processes of one kind beside a running system, on the same databases and workflow engine."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.health import Ready, grpc_ready, http_ready
from deploy.local.program import Program, free_ports, running
from deploy.local.temporal import worker_polls
from tests.system.running import START_SECONDS, RunningSystem

MODULES = {"worker": "workflows.worker"}


@asynccontextmanager
async def replica(system: RunningSystem, name: str, **more: str) -> AsyncIterator[int]:
    """Runs one more gateway, identity, company, notification or worker, and gives its port.

    A second gateway talks to a second company service where it is told so:
    `replica(system, "gateway", GUICHET_COMPANY_PORT=str(port))`. A worker has no port: 0; and whether it
    polls yet cannot be told from the worker that polled before.
    """
    environment = {**system.environment(), **more}
    port = 0 if name == "worker" else free_ports(1)[0]
    ready: Ready
    if name == "worker":
        ready = worker_polls(
            environment["GUICHET_TEMPORAL_ADDRESS"], environment["GUICHET_TEMPORAL_NAMESPACE"]
        )
    elif name == "gateway":
        environment["GUICHET_HTTP_PORT"] = str(port)
        ready = http_ready(port, "/healthz")
    else:
        environment[f"GUICHET_{name.upper()}_PORT"] = str(port)
        ready = grpc_ready(port)
    program = Program(
        name=name,
        argv=(sys.executable, "-m", MODULES.get(name, f"services.{name}")),
        ready=ready,
        environment=environment,
    )
    log = system.state / "logs" / f"{name}-{port or 'second'}.log"
    async with running(program, log, seconds=START_SECONDS):
        yield port
