"""The script that prepares a Temporal server for the containers, on a real server."""

import asyncio
import os
import sys
import uuid
from pathlib import Path

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from deploy.local.temporal import SEARCH_ATTRIBUTES
from tests.system.running import ROOT


async def prepared(address: str, namespace: str) -> int:
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", str(ROOT / "deploy" / "temporal" / "namespace.sh")),
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TEMPORAL_ADDRESS": address,
            "TEMPORAL_NAMESPACE": namespace,
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


async def test_creates_the_namespace_with_its_search_attributes_and_may_be_repeated(
    temporal_address: str,
) -> None:
    namespace = f"guichet-{uuid.uuid4().hex[:8]}"
    assert await prepared(temporal_address, namespace) == 0
    assert await prepared(temporal_address, namespace) == 0
    client = await Client.connect(temporal_address, namespace=namespace)
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    assert SEARCH_ATTRIBUTES.items() <= dict(known.custom_attributes).items()
