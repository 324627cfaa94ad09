"""The connection that is kept for the next mail."""

import asyncio

from services.notification.envelope import Sender
from services.notification.settings import SmtpSettings
from services.notification.smtp import Relay

SECONDS = 5.0


async def test_what_is_kept_takes_its_leave_when_the_service_stops() -> None:
    heard: list[bytes] = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        while line := await reader.readline():
            heard.append(line.strip())
            writer.write(b"221 relay\r\n" if line.startswith(b"QUIT") else b"250 relay\r\n")
        writer.close()

    async with await asyncio.start_server(session, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings = SmtpSettings(smtp_host="127.0.0.1", smtp_port=port)
        relay = Relay(settings, Sender("Guichet", "guichet@example.org", "support@example.org"))
        async with relay.connection(until=asyncio.get_running_loop().time() + SECONDS):
            pass
        assert b"QUIT" not in heard
        await relay.close()
        assert heard[-1] == b"QUIT"
