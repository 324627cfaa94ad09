"""Mémo, a tool of the organisation as others would write it: one process, and a file for its sessions."""

import contextlib
import secrets
from pathlib import Path

import structlog
import uvicorn

from deploy.local.mailbox.server import listening
from deploy.local.memo.pages import create_app
from deploy.local.memo.sessions import Sessions
from deploy.local.memo.settings import MemoSettings
from services.platform.logging import configure_logging

log = structlog.get_logger()


async def run(settings: MemoSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logging(settings)
    settings.memo_folder.mkdir(parents=True, exist_ok=True)
    socket = listening("127.0.0.1", settings.memo_port, "GUICHET_MEMO_PORT")
    with contextlib.closing(Sessions(settings.memo_folder / "sessions.sqlite")) as sessions:
        app = create_app(settings, sessions, kept_key(settings.memo_folder / "cookie-key"))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
        )
        log.info("listening", port=settings.memo_port)
        await uvicorn.Server(config).serve(sockets=[socket])
    log.info("stopped")


def kept_key(path: Path) -> str:
    """Returns the key that signs cookies; it is made at the first start."""
    with contextlib.suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
    if not path.stat().st_size:
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text()
