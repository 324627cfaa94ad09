"""A real notification service and a real mailbox, each a process of its own, and what a test asks of them."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from deploy.local.health import grpc_ready, http_ready
from deploy.local.program import Program, free_ports, running
from guichet.notification.v1.notification_pb2 import Notification
from guichet.notification.v1.notification_service_pb2 import (
    AbandonNotificationsRequest,
    ListNotificationsRequest,
    ListNotificationsResponse,
    Recipient,
    SendNotificationsRequest,
)
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.notification.server import SERVICE
from services.platform.rpc_client import open_channel
from services.platform.service_identity import ServiceIdentity

if TYPE_CHECKING:
    from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub

State = Notification.State

CANCELLED = {
    "siren": "732829320",
    "company_name": "Ateliers Morel",
    "requester_name": "Bruno Petit",
    "cancel_time": "2026-11-24T09:42:00Z",
}


def mailbox_program(state: Path, *, smtp_port: int, port: int) -> Program:
    return Program(
        name="mailbox",
        argv=(sys.executable, "-m", "deploy.local.mailbox"),
        ready=http_ready(port, "/healthz"),
        environment={
            "GUICHET_STATE_DIR": str(state),
            "GUICHET_MAILBOX_SMTP_PORT": str(smtp_port),
            "GUICHET_MAILBOX_PORT": str(port),
        },
    )


def notification_program(
    *, database_url: str, keys: Path, port: int, smtp_port: int, **settings: str
) -> Program:
    environment = {
        "database_url": database_url,
        "keys_dir": str(keys),
        "notification_port": str(port),
        "smtp_port": str(smtp_port),
        "public_url": "https://portail.example.org",
        **settings,
    }
    return Program(
        name="notification",
        argv=(sys.executable, "-m", "services.notification"),
        ready=grpc_ready(port),
        environment={f"GUICHET_{name.upper()}": value for name, value in environment.items()},
    )


@dataclass(frozen=True)
class RunningMailbox:
    smtp_port: int
    http: httpx.AsyncClient

    async def messages(self, **filters: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/api/messages", params=filters)
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def message(self, id_: str) -> dict[str, Any]:
        answer = await self.http.get(f"/api/messages/{id_}")
        answer.raise_for_status()
        message: dict[str, Any] = answer.json()
        return message

    async def answer(self, to: str, answer: str, **more: object) -> None:
        """Makes the relay answer so to mails for an address."""
        reply = await self.http.put("/api/faults", json={"to": to, "answer": answer, **more})
        reply.raise_for_status()


@contextlib.asynccontextmanager
async def running_mailbox(state: Path, *, smtp_port: int | None = None) -> AsyncIterator[RunningMailbox]:
    await asyncio.to_thread(state.mkdir, parents=True, exist_ok=True)
    port, other = free_ports(2)
    smtp_port = smtp_port or other
    async with (
        running(mailbox_program(state, smtp_port=smtp_port, port=port), state / "mailbox.log"),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        yield RunningMailbox(smtp_port, http)


@dataclass(frozen=True)
class RunningNotification:
    """Calls as the worker makes them, as the command line does, and as the gateway does."""

    address: str
    worker: "NotificationServiceAsyncStub"
    cli: "NotificationServiceAsyncStub"
    gateway: "NotificationServiceAsyncStub"

    async def send(
        self,
        event_id: str,
        *recipients: Recipient,
        kind: str = "access_request_cancelled",
        parameters: dict[str, str] | None = None,
        access_request_id: str = "request-1",
        seconds: float = 30,
    ) -> list[Notification]:
        answer = await self.worker.SendNotifications(
            SendNotificationsRequest(
                event_id=event_id,
                kind=kind,
                access_request_id=access_request_id,
                recipients=recipients,
                parameters=CANCELLED if parameters is None else parameters,
            ),
            timeout=seconds,
        )
        return list(answer.notifications)

    async def states(self, event_id: str, *recipients: Recipient, **more: Any) -> list[str]:
        return [State.Name(one.state) for one in await self.send(event_id, *recipients, **more)]

    async def abandon(self, event_id: str, *recipients: Recipient) -> list[str]:
        request = AbandonNotificationsRequest(
            event_id=event_id,
            kind="access_request_cancelled",
            access_request_id="request-1",
            recipient_ids=[one.recipient_id for one in recipients],
        )
        answer = await self.worker.AbandonNotifications(request)
        return [State.Name(one.state) for one in answer.notifications]

    async def page(self, **request: Any) -> ListNotificationsResponse:
        return await self.cli.ListNotifications(ListNotificationsRequest(**request))


@contextlib.asynccontextmanager
async def calling(port: int, keys: Path) -> AsyncIterator[RunningNotification]:
    address = f"127.0.0.1:{port}"
    async with contextlib.AsyncExitStack() as channels:
        worker, cli, gateway = [
            NotificationServiceStub(
                await channels.enter_async_context(
                    open_channel(address, service=SERVICE, identity=ServiceIdentity(name, keys))
                )
            )
            for name in ("worker", "cli", "gateway")
        ]
        yield RunningNotification(address, worker, cli, gateway)


@contextlib.asynccontextmanager
async def running_notification(
    log_file: Path, *, database_url: str, keys: Path, smtp_port: int, **settings: str
) -> AsyncIterator[tuple[RunningNotification, asyncio.subprocess.Process]]:
    [port] = free_ports(1)
    program = notification_program(
        database_url=database_url, keys=keys, port=port, smtp_port=smtp_port, **settings
    )
    async with running(program, log_file) as process, calling(port, keys) as notification:
        yield notification, process


def somebody(name: str = "Claire Dupont", locale: str = "fr") -> Recipient:
    """Returns a recipient that no other test knows."""
    key = uuid4().hex
    return Recipient(recipient_id=key, email=f"claire.{key}@example.com", name=name, locale=locale)


def an_event() -> str:
    return f"{uuid4().hex}/cancelled"
