"""How each running part says that it serves."""

import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.settings import CliSettings

LONGEST_CHECK_SECONDS = 3.0


@dataclass(frozen=True)
class Part:
    """One part, where it is, and how it is: `detail` says what is wrong, empty where it serves."""

    name: str
    address: str
    detail: str = ""

    @property
    def serves(self) -> bool:
        return not self.detail


async def every_part(settings: CliSettings) -> list[Part]:
    """Asks every part at once. Temporal and the worker are told by the company service, which uses them."""
    company = settings.company_address
    return list(
        await asyncio.gather(
            gateway(settings),
            service("identity", settings.identity_address, "database"),
            service("company", company, "database"),
            service("notification", settings.notification_address),
            service("temporal", company, "workflow_engine", where=settings.temporal_target),
            service("worker", company, "worker", where=f"task queue of {settings.temporal_target}"),
        )
    )


async def service(name: str, address: str, check: str = "", *, where: str = "") -> Part:
    """Asks a server's health for one of its checks; "" stands for all of them.

    `where` is the part's own address, if it is another one than that of the server that knows it.
    """
    where = where or address
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(
                health_pb2.HealthCheckRequest(service=check), timeout=LONGEST_CHECK_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            return Part(name, where, unanswered(name, error))
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return Part(name, where)
    return Part(name, where, f"{check} is away" if check == "database" else "does not serve")


def unanswered(name: str, error: grpc.aio.AioRpcError) -> str:
    if error.code() == grpc.StatusCode.NOT_FOUND:
        return "not known yet"
    if name in ("temporal", "worker"):
        return "unknown while the company service is away"
    return "does not answer"


async def gateway(settings: CliSettings) -> Part:
    address = f"{settings.gateway_host}:{settings.http_port}"
    try:
        state, body = await asyncio.to_thread(readiness, settings.gateway_host, settings.http_port)
    except (OSError, http.client.HTTPException):
        return Part("gateway", address, "does not answer")
    if state == http.HTTPStatus.OK:
        return Part("gateway", address)
    return Part("gateway", address, f"waits for {', '.join(not_ready(body)) or 'its services'}")


def readiness(host: str, port: int) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=LONGEST_CHECK_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read(65536)
    finally:
        connection.close()


def not_ready(body: bytes) -> list[str]:
    try:
        return [str(name) for name in json.loads(body)["not_ready"]]
    except (ValueError, KeyError, TypeError):
        return []
