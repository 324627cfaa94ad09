"""The embedded Temporal server, kept on disk, with its UI and the search attributes of access requests."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.health import NotReady
from deploy.local.program import Program
from workflows.access_request.messages import DEADLINE, SIREN, STATE, TASK_QUEUE

SEARCH_ATTRIBUTES = {
    SIREN.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    STATE.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    DEADLINE.name: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


def temporal_program(
    temporal: Path, state: Path, *, port: int, ui_port: int, namespace: str = "default"
) -> Program:
    """Returns the development server to run; `temporal` is the command line's path.

    Its file uses a write-ahead log, and its queues are dispatched without the default delay of a
    single-shard server: each is worth a factor of two.
    """
    state.mkdir(parents=True, exist_ok=True)

    async def ready() -> None:
        await register_search_attributes(f"127.0.0.1:{port}", namespace)

    return Program(
        name="temporal",
        argv=(
            str(temporal),
            *("server", "start-dev"),
            *("--ip", "127.0.0.1"),
            *("--port", str(port)),
            *(("--ui-port", str(ui_port)) if ui_port else ("--headless",)),
            *("--namespace", namespace),
            *("--db-filename", str(state / "temporal.sqlite")),
            *("--sqlite-pragma", "journal_mode=wal"),
            *("--sqlite-pragma", "synchronous=1"),
            *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000"),
            *("--log-level", "warn"),
        ),
        ready=ready,
        environment={"HOME": os.environ.get("HOME", str(state))},
        shown=False,
    )


def worker_polls(address: str, namespace: str) -> Callable[[], Awaitable[None]]:
    """Returns a check that passes once a live worker of this machine polls the task queue.

    The server lists a poller for minutes after its end; its identity is `<process id>@<host>`.
    """

    connected: list[Client] = []

    async def ready() -> None:
        if not connected:
            connected.append(await Client.connect(address, namespace=namespace))
        queue = DescribeTaskQueueRequest(
            namespace=namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await connected[0].workflow_service.describe_task_queue(queue)
        if not any(is_alive_here(poller.identity) for poller in answer.pollers):
            raise NotReady(f"no worker polls {TASK_QUEUE}")

    return ready


def is_alive_here(identity: str) -> bool:
    process_id, _, host = identity.partition("@")
    if not process_id.isdecimal() or host != socket.gethostname():
        return False
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


async def register_search_attributes(address: str, namespace: str) -> None:
    """Adds the search attributes of access requests that a server lacks."""
    async with asyncio.timeout(2):
        client = await Client.connect(address, namespace=namespace)
        operator = client.operator_service
        known = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        missing = {
            name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in known.custom_attributes
        }
        if not missing:
            return
        try:
            await operator.add_search_attributes(
                AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
            )
        except RPCError as error:
            if error.status != RPCStatusCode.ALREADY_EXISTS:
                raise
