"""What the settings that design relies on are worth: the system with and without each, in turns."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from deploy.local.program import Program
from tests.bench.measured import measured
from tests.bench.rates import one_line
from tests.bench.stack import (
    Stack,
    running_stack,
    with_own_file,
    with_worker_variant,
    without_option,
)
from tests.bench.variant_worker import OWN_IMPORTS, SANDBOX, STICKY_DEFAULT
from workflows.access_request.messages import TASK_QUEUE

AS_IT_IS = "as it is"

Turn = tuple[str, tuple[Program, Program]]


@dataclass(frozen=True)
class Plan:
    """How often and how long, in seconds."""

    repetitions: int = 3
    clients: int = 16
    warm_up: float = 3
    seconds: float = 6
    seconds_alone: float = 4
    kills: int = 2
    held: int = 8


def variants(stack: Stack) -> dict[str, tuple[Program, Program]]:
    """Returns Temporal and the worker as they are, and with one thing changed."""
    temporal, worker = stack.programs["temporal"], stack.programs["worker"]
    base = with_own_file(temporal, "base")
    return {
        AS_IT_IS: (base, worker),
        "no write-ahead log": (
            with_own_file(without_option(temporal, "journal_mode=wal", "synchronous=1"), "no-wal"),
            worker,
        ),
        "default dispatch rate": (
            with_own_file(
                without_option(temporal, "history.transferProcessorMaxPollRPS=2000"), "default-rate"
            ),
            worker,
        ),
        "workflow files in the sandbox": (base, with_worker_variant(worker, SANDBOX)),
        "and what they import of ours": (base, with_worker_variant(worker, OWN_IMPORTS)),
    }


async def measure(folder: Path, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Returns, for each variant, windows under load and with one client, one of each a repetition."""
    async with running_stack(folder) as stack:
        windows: dict[str, list[dict[str, Any]]] = {}
        for repetition in range(plan.repetitions):
            for name, engine in turned(list(variants(stack).items()), repetition):
                async with stack.engine(*engine) as process_ids:
                    for clients, seconds in ((plan.clients, plan.seconds), (1, plan.seconds_alone)):
                        window = await measured(
                            stack.load,
                            "closed",
                            f"{name}, {clients} clients, {repetition + 1}",
                            process_ids,
                            clients=clients,
                            warm_up=plan.warm_up if clients > 1 else 1,
                            seconds=seconds,
                        )
                        say(one_line(window, "load"))
                        windows.setdefault(name, []).append(window.written())
        return {"windows": windows, "sticky": await sticky(stack, plan, say)}


def turned(order: list[Turn], by: int) -> list[Turn]:
    """Returns the same turns, begun so many later: none is always the first."""
    start = by % len(order)
    return order[start:] + order[:start]


async def sticky(stack: Stack, plan: Plan, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Returns the milliseconds from a decision to its mail, when the worker that knew the request was killed.

    Another worker polls by then: what is waited for is that the server gives up on the killed one.
    """
    worker = stack.programs["worker"]
    variants = {AS_IT_IS: worker, STICKY_DEFAULT: with_worker_variant(worker, STICKY_DEFAULT)}
    waits: dict[str, list[float]] = {name: [] for name in variants}
    async with stack.run(with_own_file(stack.programs["temporal"], "base")):
        for _ in range(plan.kills):
            for name, variant in variants.items():
                waited = await waited_after_kill(stack, variant, plan.held)
                waits[name] += waited
                say(f"worker killed, {name}: {', '.join(f'{wait:.0f}' for wait in waited)} ms")
    return waits


async def waited_after_kill(stack: Stack, worker: Program, held: int) -> list[float]:
    async with stack.run(worker) as known:
        await stack.load.call("held", count=held)
        async with stack.run(replace(worker, ready=nothing_to_wait_for)) as other:
            await until_polls(stack.temporal_address, other)
            os.kill(known, signal.SIGKILL)
            told: list[float] = (await stack.load.call("decide_held"))["told"]
    return told


async def nothing_to_wait_for() -> None:
    return


async def until_polls(address: str, process_id: int) -> None:
    """Returns once one worker polls, whichever others do."""
    client = await Client.connect(address)
    queue = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    async with asyncio.timeout(60):
        while True:
            answer = await client.workflow_service.describe_task_queue(queue)
            if any(poller.identity.startswith(f"{process_id}@") for poller in answer.pollers):
                return
            await asyncio.sleep(0.1)
