"""The local mailbox: SMTP and pages in one process."""

import asyncio
import contextlib
import logging
import signal
import socket

import structlog
import uvicorn

from deploy.local.mailbox.faults import Faults
from deploy.local.mailbox.pages import create_app
from deploy.local.mailbox.receiving import Receiver, start_receiving
from deploy.local.mailbox.settings import Settings
from deploy.local.mailbox.storage import Storage
from services.notification.rendering import Renderer
from services.notification.settings import Settings as NotificationSettings
from services.platform.logging import configure_logging

log = structlog.get_logger()


async def run(settings: Settings, sender: NotificationSettings) -> None:
    """Serves until SIGTERM or SIGINT. `sender` says in whose name the samples of mails speak."""
    configure_logging(settings)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    # uvicorn raises again, for whoever was there before it, the signal that ended it.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)
    with contextlib.closing(Storage(settings.state_dir / "mailbox")) as storage:
        faults = Faults()
        renderer = Renderer(
            public_url=sender.public_url,
            organisations=sender.organisations,
            support_email=sender.support_email,
        )
        pages = listening(settings.bind_host, settings.mailbox_port, "GUICHET_MAILBOX_PORT")
        try:
            smtp = await start_receiving(
                settings.bind_host, settings.mailbox_smtp_port, Receiver(storage, faults)
            )
        except OSError:
            raise SystemExit(taken(settings.mailbox_smtp_port, "GUICHET_MAILBOX_SMTP_PORT")) from None
        log.info("listening", smtp=settings.mailbox_smtp_port, pages=settings.mailbox_port)
        config = uvicorn.Config(
            create_app(storage, faults, renderer),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        try:
            await uvicorn.Server(config).serve(sockets=[pages])
        finally:
            smtp.close()
    log.info("stopped")


def listening(host: str, port: int, variable: str) -> socket.socket:
    one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((host, port))
    except OSError:
        raise SystemExit(taken(port, variable)) from None
    return one


def taken(port: int, variable: str) -> str:
    return f"port {port} is taken: stop what listens there, or set {variable} to another"
