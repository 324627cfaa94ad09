"""The embedded Temporal server, kept on disk, with its UI and the search attributes of access requests."""

import asyncio
import os
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.local.program import Program
from workflows.access_request.messages import DEADLINE, SIREN, STATE

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
    )


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
