"""A mail relay inside the load: it takes every mail, and wakes whoever waits for it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.system.people import Json, Mailbox

LONGEST_WAIT_SECONDS = 40.0
END_OF_LINE = b"\r\n"
END_OF_MAIL = b"\r\n.\r\n"

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

    def take(self, recipients: list[str], content: bytes) -> None:
        """Keeps a mail, and wakes whoever waits for it."""
        headers = headers_of(content)
        about = headers.get("x-guichet-request", "")
        for recipient in [about] if about else recipients:
            expected = self._expected((headers["x-guichet-kind"], recipient))
            if expected.done():
                self.duplicates += 1
            else:
                expected.set_result(b"" if about else content)
        self.taken += 1

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


class Session(asyncio.Protocol):
    """One connection, in as much SMTP as a client needs that has a mail to hand over (RFC 5321)."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._received = b""
        self._in_mail = False
        self._recipients: list[str] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._say(b"220 load")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(END_OF_MAIL if self._in_mail else END_OF_LINE)) >= 0:
            if self._in_mail:
                content = self._received[: end + len(END_OF_LINE)]
                self._received = self._received[end + len(END_OF_MAIL) :]
                self._in_mail = False
                self._relay.take(self._recipients, content.replace(b"\r\n..", b"\r\n."))
                self._say(b"250 2.0.0 Taken")
            else:
                line, self._received = self._received[:end], self._received[end + len(END_OF_LINE) :]
                self._obey(line)

    def _obey(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self._say(b"250-load\r\n250-8BITMIME\r\n250 SMTPUTF8")
        elif verb == b"RCPT":
            self._recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
            self._say(b"250 2.1.5 OK")
        elif verb == b"DATA":
            self._in_mail = True
            self._say(b"354 Go on")
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
            self._say(b"250 2.0.0 OK")
        elif verb == b"QUIT":
            self._say(b"221 2.0.0 Bye")
            self._transport.close()
        else:
            self._say(b"502 5.5.1 No")

    def _say(self, answer: bytes) -> None:
        self._transport.write(answer + END_OF_LINE)


@asynccontextmanager
async def listening(relay: Relay) -> AsyncIterator[int]:
    """Takes mails on a free loopback port for the length of a block, and gives the port."""
    server = await asyncio.get_running_loop().create_server(lambda: Session(relay), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
