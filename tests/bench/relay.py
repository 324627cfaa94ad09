"""A mail relay inside the load: it takes every mail, and wakes whoever waits for it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.system.people import Json, Mailbox

LONGEST_WAIT_SECONDS = 40.0

Key = tuple[str, str]


class Relay(Mailbox):
    """What arrived, by kind and access request, or by kind and recipient where it is about none.

    To the people of the load it is their mailbox, without a local mailbox to be asked over HTTP.
    """

    def __init__(self) -> None:  # nothing is fetched from anywhere
        self._arrivals: dict[Key, asyncio.Future[bytes]] = {}
        self.taken = 0
        self.duplicates = 0

    async def arrival(self, kind: str, subject: str) -> bytes:
        """Returns a mail as soon as it is there. Too long: TimeoutError that names it."""
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                return await asyncio.shield(self._expected((kind, subject)))
        except TimeoutError:
            raise TimeoutError(f"no mail {kind} for {subject}") from None

    async def messages(self, **filters: str) -> list[Json]:
        """Returns the mail of a kind to a recipient, if it is there, like the local mailbox does."""
        expected = self._expected((filters["kind"], filters["to"]))
        return [read(expected.result())] if expected.done() else []

    async def message(self, count: int = 1, **filters: str) -> Json:
        """Returns the mail of a kind to a recipient, as soon as it is there."""
        assert count == 1
        return read(await self.arrival(filters["kind"], filters["to"]))

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        headers = headers_of(content)
        about = headers.get("x-guichet-request", "")
        for recipient in [about] if about else envelope.rcpt_tos:
            expected = self._expected((headers["x-guichet-kind"], recipient))
            if expected.done():
                self.duplicates += 1
            else:
                expected.set_result(b"" if about else content)
        self.taken += 1
        return "250 2.0.0 Taken"

    def _expected(self, key: Key) -> asyncio.Future[bytes]:
        if key not in self._arrivals:
            self._arrivals[key] = asyncio.get_running_loop().create_future()
        return self._arrivals[key]


def read(content: bytes) -> Json:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    return {"text": text.get_content()}


def headers_of(content: bytes) -> dict[str, str]:
    """Returns the headers of a mail that are on one line, their names in lower case."""
    head, _, _ = content.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode("ascii", "replace").split("\r\n"))
    return {name.lower(): value for name, colon, value in lines if colon}


@asynccontextmanager
async def listening(relay: Relay) -> AsyncIterator[int]:
    """Takes mails on a free loopback port for the length of a block, and gives the port."""
    loop = asyncio.get_running_loop()

    def session() -> Any:
        return SMTP(relay, enable_SMTPUTF8=True, hostname="load", loop=loop)

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
