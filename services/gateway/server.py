"""Serving HTTP: one port, bounded requests, and an end that cuts nobody off."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.platform.logging import configure_logging

GRACE_SECONDS = 10
LARGEST_HEAD = 32 * 1024
HEAD_SECONDS = 20.0
REST_SECONDS = 20.0


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long, or never come.

    So it does where a body goes on long after its answer. The parser itself has no limit, and uvicorn no
    clock before a first answer, or while bytes keep coming.
    """

    in_head = True
    head_size = 0
    head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self.head_deadline = self.loop.call_later(HEAD_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            self.head_size += len(data)
        super().data_received(data)
        if not self.in_head or self.transport.is_closing():
            return
        if self.head_size > LARGEST_HEAD:
            self.send_400_response("Request header fields too large")
        elif self.head_size and self.head_deadline is None:
            self.head_deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_headers_complete(self) -> None:
        self.in_head = False
        self._forget_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.in_head, self.head_size = True, 0
        self._forget_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.in_head and self.cycle.response_complete and not self.transport.is_closing():
            self._forget_deadline()
            self.head_deadline = self.loop.call_later(REST_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _forget_deadline(self) -> None:
        if self.head_deadline is not None:
            self.head_deadline.cancel()
            self.head_deadline = None


class Server(uvicorn.Server):
    """Ends the event streams first, so that the stop does not wait for them."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes a signal as a wish to end, and ends with 0; uvicorn would die of it once it has stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.stopping.set()
        await super().shutdown(sockets)


async def run(settings: GatewaySettings) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests end, for 10 s at most."""
    configure_logging(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # X-Forwarded-For is ours to judge: uvicorn would believe whoever connects from loopback.
        proxy_headers=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    await Server(config, app).serve([listening_socket(settings.bind_host, settings.http_port)])


def listening_socket(host: str, port: int) -> socket.socket:
    """Binds the port, or leaves with one line that says how to mend it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SystemExit(
                f"{host}:{port} is taken: stop what listens there, or set GUICHET_HTTP_PORT"
            ) from None
        raise SystemExit(f"{host}:{port}: {error.strerror}: set GUICHET_BIND_HOST") from None
