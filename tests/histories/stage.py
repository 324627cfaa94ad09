"""Real worker processes between a Temporal server and a World, and access requests to put through them."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from deploy.local.health import NotReady
from deploy.local.program import Program, free_ports, running
from deploy.local.temporal import temporal_program
from services.platform.service_identity import create_keys
from tests.histories.world import BRUNO, SIREN, Case, World, served
from tests.system.running import ROOT
from workflows.access_request.client import AccessRequestWorkflows
from workflows.access_request.messages import (
    AccessRequestDescription,
    AccessRequestInput,
    AccessRequestOutcome,
    Deadlines,
    workflow_id,
)
from workflows.access_request.workflow import AccessRequestWorkflow
from workflows.notification.client import Notifications
from workflows.notification.messages import NotificationInput, NotificationOutcome
from workflows.notification.messages import workflow_id as notification_workflow_id
from workflows.notification.workflow import DeliverNotification

LONG_AFTER_EVENTS = 40
PATIENCE_SECONDS = 180

Handle = WorkflowHandle[AccessRequestWorkflow, AccessRequestOutcome]
DeliveryHandle = WorkflowHandle[DeliverNotification, NotificationOutcome]
Clock = Callable[[], Awaitable[datetime]]
Skip = Callable[[timedelta], Awaitable[None]]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


async def clock_of_this_machine() -> datetime:
    return datetime.now(UTC)


async def time_passes_by_itself(_: timedelta) -> None:
    raise NotImplementedError


async def end_of(handle: WorkflowHandle[Any, Any]) -> None:
    """Returns once a workflow has ended. To wait for its result would let a server skip time meanwhile."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.05)


@dataclass
class OpenRequest:
    """An access request on its way: its workflow, and what the company service knows of it."""

    world: World
    workflows: AccessRequestWorkflows
    handle: Handle
    case: Case

    async def told(self, event: str, times: int = 1) -> None:
        """Returns once so many mails of one event have left."""
        await until(lambda: self.world.told_about(self.case).count(event) >= times)

    async def decide(self, verdict: str) -> None:
        self.case.outcome = {"approve": "approved", "reject": "rejected"}[verdict]
        await getattr(self.workflows, verdict)(self.case.siren, self.case.id, "decision-1")

    async def remind(self) -> None:
        reminder_id = f"reminder-{len(self.case.reminders) + 1}"
        self.case.reminders.append(reminder_id)
        await self.workflows.remind(self.case.siren, self.case.id, reminder_id)

    async def withdraw(self) -> None:
        self.case.outcome = "cancelled"
        await self.workflows.cancel(self.case.siren, self.case.id)

    async def describe(self) -> AccessRequestDescription:
        return await self.handle.query(AccessRequestWorkflow.describe)

    async def in_state(self, state: str) -> None:
        """Returns once the workflow says that it is in a state."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.describe()).state != state:
                await asyncio.sleep(0.05)

    async def outcome(self) -> str:
        await end_of(self.handle)
        return (await self.handle.result()).state


@dataclass
class Stage:
    """Where workflows live: one server, one World, and the worker processes that a test starts."""

    client: Client
    world: World
    clock: Clock
    skip: Skip
    environment: dict[str, str]
    logs: Path
    stack: AsyncExitStack
    numbers: "count[int]"
    workers: list[Process] = field(default_factory=list)

    async def start_worker(self, code: Path = ROOT, *, cached_workflows: int = 1000) -> Process:
        """Runs one more worker, with the `workflows` package of a folder, and returns once it works."""
        log = self.logs / f"worker-{next(self.numbers)}.log"

        async def ready() -> None:
            if "working" not in await asyncio.to_thread(log.read_text):
                raise NotReady

        worker = Program(
            name="worker",
            # Without -P the present folder would come before PYTHONPATH.
            argv=(sys.executable, "-P", "-m", "workflows.worker"),
            ready=ready,
            environment={
                **self.environment,
                "PYTHONPATH": str(code),
                "GUICHET_CACHED_WORKFLOWS": str(cached_workflows),
            },
        )
        process = await self.stack.enter_async_context(running(worker, log, seconds=PATIENCE_SECONDS))
        self.workers.append(process)
        return process

    async def end(self, worker: Process, how: signal.Signals) -> None:
        """Ends a worker: SIGTERM as a restart does, SIGKILL as a crash does."""
        worker.send_signal(how)
        await worker.wait()
        self.workers.remove(worker)

    async def end_workers(self, how: signal.Signals) -> None:
        for worker in list(self.workers):
            await self.end(worker, how)

    async def replace_worker(self) -> None:
        """Kills the workers, and starts another."""
        await self.end_workers(signal.SIGKILL)
        await self.start_worker()

    async def submit(
        self,
        *,
        remind: timedelta = timedelta(days=2),
        escalate: timedelta = timedelta(days=7),
        expire: timedelta = timedelta(days=30),
        case: Case | None = None,
    ) -> OpenRequest:
        case = case or Case()
        self.world.cases[case.id] = case
        now = await self.clock()
        workflows = AccessRequestWorkflows(self.client)
        deadlines = Deadlines(now + remind, now + escalate, now + expire)
        await workflows.start(AccessRequestInput(case.id, case.siren, deadlines))
        handle: Handle = self.client.get_workflow_handle_for(
            AccessRequestWorkflow.run, workflow_id(case.siren, case.id)
        )
        return OpenRequest(self.world, workflows, handle, case)

    async def deliver(self, kind: str, *, exists: bool = True) -> DeliveryHandle:
        subject_id = uuid4().hex
        if exists:
            self.world.notices[subject_id] = BRUNO
        await Notifications(self.client).deliver(NotificationInput(kind, subject_id, SIREN))
        return self.client.get_workflow_handle_for(
            DeliverNotification.run, notification_workflow_id(kind, subject_id)
        )


@asynccontextmanager
async def staged(
    client: Client, folder: Path, clock: Clock = clock_of_this_machine, skip: Skip = time_passes_by_itself
) -> AsyncIterator[Stage]:
    """Gives a stage on a Temporal server. Workers still running at the end are stopped."""
    create_keys(folder / "keys")
    world = World()
    async with served(world) as port, AsyncExitStack() as stack:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        services = {f"GUICHET_{name}_PORT": str(port) for name in ("IDENTITY", "COMPANY", "NOTIFICATION")}
        environment = {
            **inherited,
            **services,
            "GUICHET_TEMPORAL_ADDRESS": client.service_client.config.target_host,
            "GUICHET_KEYS_DIR": str(folder / "keys"),
        }
        yield Stage(client, world, clock, skip, environment, folder, stack, count(1))


@asynccontextmanager
async def temporal_server(folder: Path) -> AsyncIterator[Client]:
    """Runs a Temporal server as `make up` does, to which a history of 40 events is a long one."""
    port = free_ports(1)[0]
    command = Path(sys.executable).parent / "temporal"
    program = temporal_program(command, folder / "temporal", port=port, ui_port=0)
    suggest = f"limit.historyCount.suggestContinueAsNew={LONG_AFTER_EVENTS}"
    program = replace(program, argv=(*program.argv, "--dynamic-config-value", suggest))
    async with running(program, folder / "temporal.log", seconds=PATIENCE_SECONDS):
        yield await Client.connect(f"127.0.0.1:{port}")
