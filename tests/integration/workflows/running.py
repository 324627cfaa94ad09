"""One access request's workflow on a real Temporal server, in the sandbox; the world around it is a Desk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from tests.integration.workflows.fakes import Desk
from workflows.access_request.client import AccessRequestWorkflows
from workflows.access_request.messages import (
    AccessRequestDescription,
    AccessRequestInput,
    AccessRequestOutcome,
    Deadlines,
    workflow_id,
)
from workflows.access_request.workflow import AccessRequestWorkflow
from workflows.malformed_signals import DropMalformedSignals

Handle = WorkflowHandle[AccessRequestWorkflow, AccessRequestOutcome]
ON_THE_CLOCK_OF_DAYS = (timedelta(days=2), timedelta(days=7), timedelta(days=30))


@dataclass
class Running:
    handle: Handle
    workflows: AccessRequestWorkflows
    siren: str
    id: str

    async def describe(self) -> AccessRequestDescription:
        return await self.handle.query(AccessRequestWorkflow.describe)


@asynccontextmanager
async def running(
    client: Client,
    desk: Desk,
    now: datetime,
    delays: tuple[timedelta, timedelta, timedelta] = ON_THE_CLOCK_OF_DAYS,
    submitted: AccessRequestInput | None = None,
) -> AsyncIterator[Running]:
    submitted = submitted or AccessRequestInput(
        uuid4().hex, "732829320", Deadlines(*(now + delay for delay in delays))
    )
    access_request_id, siren = submitted.access_request_id, submitted.siren
    task_queue = "access-requests"
    activities = [
        getattr(desk, name)
        for name in (
            "confirm_and_tell",
            "settle_and_tell",
            "record_automatic_reminder",
            "escalate",
            "announce",
            "abandon",
        )
    ]
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[AccessRequestWorkflow],
        activities=activities,
        interceptors=[DropMalformedSignals()],
    ):
        workflows = AccessRequestWorkflows(client)
        await workflows.start(submitted)
        handle: Handle = client.get_workflow_handle_for(
            AccessRequestWorkflow.run, workflow_id(siren, access_request_id)
        )
        try:
            yield Running(handle, workflows, siren, access_request_id)
        finally:
            if (await handle.describe()).status == 1:
                await handle.terminate()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)
