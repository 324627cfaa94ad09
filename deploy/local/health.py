"""How each kind of program says that it serves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.program import accepts_connections

LONGEST_CHECK_SECONDS = 2.0

Ready = Callable[[], Awaitable[None]]


class NotReady(Exception):
    """It answers, and says that it does not serve yet."""


def grpc_ready(port: int) -> Ready:
    """Returns once the server on a loopback port says SERVING for all of its checks."""

    async def ready() -> None:
        await accepts_connections(port)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=LONGEST_CHECK_SECONDS)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise NotReady(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))

    return ready


def http_ready(port: int, path: str) -> Ready:
    """Returns once a GET on a loopback port answers 200."""

    async def ready() -> None:
        state, body = await get(port, path)
        if state != 200:
            raise NotReady(f"{path} answers {state}: {body[:500]}")

    return ready


def ports_ready(*ports: int) -> Ready:
    """Returns once every one of the loopback ports accepts connections."""

    async def ready() -> None:
        for port in ports:
            await accepts_connections(port)

    return ready


async def get(port: int, path: str) -> tuple[int, str]:
    """Makes one GET request over loopback. Returns the status code and the body."""
    async with asyncio.timeout(LONGEST_CHECK_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
    return int(head.split(b" ", 2)[1]), body.decode(errors="replace")
