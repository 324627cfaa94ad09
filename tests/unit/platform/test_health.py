"""What a gRPC service says of itself before anything was checked."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.program import accepts_connections, free_ports
from services.platform.rpc_server import serve
from services.platform.service_identity import TrustedServices

SERVICE = "guichet.company.v1.CompanyService"


async def test_nothing_serves_before_its_first_check(keys: Path) -> None:
    [port] = free_ports(1)
    serving = asyncio.create_task(
        serve(
            address=f"127.0.0.1:{port}",
            callers={SERVICE: {}},
            trusted=TrustedServices(keys),
            register=lambda _: None,
            checks={"database": never_ends},
            notices={"smtp": never_ends},
        )
    )
    async with asyncio.timeout(20):
        while not await connects(port):
            await asyncio.sleep(0.02)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE, "database", "smtp"):
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
    signal.raise_signal(signal.SIGTERM)
    await serving
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


async def never_ends() -> None:
    await asyncio.Event().wait()


async def connects(port: int) -> bool:
    try:
        await accepts_connections(port)
    except OSError:
        return False
    return True
