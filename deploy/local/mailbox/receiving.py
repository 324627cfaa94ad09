"""The SMTP side: takes every mail, keeps it, then says so."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.faults import Faults
from deploy.local.mailbox.storage import Storage

LARGEST_MAIL_BYTES = 10 * 1024 * 1024
MOST_RECIPIENTS = 1_000


class Receiver:
    """aiosmtpd calls these methods by their names."""

    def __init__(self, storage: Storage, faults: Faults) -> None:
        self._storage = storage
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        reply = await self._faults.reply_to_recipient(address)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        number = self._storage.add(content if isinstance(content, bytes) else b"", envelope.rcpt_tos)
        if self._faults.cuts(envelope.rcpt_tos) and server.transport is not None:
            server.transport.close()
        return f"250 2.0.0 Kept as {number}"


async def start_receiving(host: str, port: int, receiver: Receiver) -> asyncio.Server:
    """Listens for SMTP. Raises OSError where the port is taken."""
    loop = asyncio.get_running_loop()

    def session() -> Any:
        return SMTP(
            receiver,
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox",
            ident="Guichet mailbox",
            loop=loop,
        )

    return await loop.create_server(session, host, port)
