"""The measure to compare with: a workflow that is started, signalled and complete, and does nothing else.

`python -m tests.bench.bare worker|client TEMPORAL_ADDRESS`: a process each; the worker is set up like the
product's.
"""

import asyncio
import sys
from datetime import timedelta
from uuid import uuid4

import uvloop
from temporalio.client import Client, GrpcCompression, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.bench.bare_workflow import BareWorkflow
from tests.bench.loops import Stages, closed_loop
from tests.bench.talking import Json, leave, mark, serve
from workflows.settings import WorkerSettings

TASK_QUEUE = "bare"
LONGEST_ASK_SECONDS = 2.0
# Nobody decides in the instant of asking. Without it, start and signal often share one workflow task.
SECONDS_TO_BEGIN = 0.1


async def work(client: Client) -> None:
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=WorkerSettings().cached_workflows,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    working = asyncio.create_task(worker.run())
    await serve({})
    working.cancel()


async def put_load_on(client: Client) -> None:
    async def lifecycle(seconds_to_begin: float) -> Stages:
        handle = await client.start_workflow(BareWorkflow.run, id=f"bare/{uuid4()}", task_queue=TASK_QUEUE)
        if seconds_to_begin:
            await asyncio.sleep(seconds_to_begin)
        await handle.signal(BareWorkflow.decide)
        return {"asked again": await asked_for_result(handle)}

    async def closed(clients: int, warm_up: float, seconds: float, *, seconds_to_begin: float = 0) -> Json:
        run = await closed_loop(
            lambda: lifecycle(seconds_to_begin), clients=clients, warm_up=warm_up, seconds=seconds, mark=mark
        )
        return run.written()

    async def begun(clients: int, warm_up: float, seconds: float) -> Json:
        return await closed(clients, warm_up, seconds, seconds_to_begin=SECONDS_TO_BEGIN)

    await serve({"closed": closed, "begun": begun})


async def asked_for_result(handle: WorkflowHandle[BareWorkflow, str]) -> int:
    """Waits for the end. Returns how often it had to ask again.

    The server misses to tell one end in a thousand, and holds such a call for 20 s: a client that waits for
    it would make the measure we compare with look slow.
    """
    asked_again = 0
    while True:
        try:
            await asyncio.wait_for(handle.result(), LONGEST_ASK_SECONDS)
        except TimeoutError:
            asked_again += 1
        else:
            return asked_again


async def main(role: str, address: str) -> None:
    client = await Client.connect(address, grpc_compression=GrpcCompression.NONE)
    await (work(client) if role == "worker" else put_load_on(client))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
    leave()
