"""The load's HTTP: what is answered arrives whole, and what is not is an error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.bench.wire import LeanClient

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(talk: Talk) -> AsyncIterator[LeanClient]:
    connections = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await talk(reader, writer)
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield LeanClient(f"http://127.0.0.1:{port}")
    assert connections == 1


async def test_connections_are_kept_and_answers_may_come_in_pieces() -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(10))
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Le")
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(b'ngth: 13\r\n\r\n{"name":"\xc3\xa9"}')
            await writer.drain()

    async with served(talk) as client:
        for _ in range(2):
            answer = await client.request("POST", "/api/v1/x", json={"a": "é"}, headers={"X-One": "1"})
            assert (answer.status_code, answer.json()) == (202, {"name": "é"})
    assert all(one.startswith(b"POST /api/v1/x HTTP/1.1\r\nHost: 127.0.0.1:") for one in asked)
    assert all(b"\r\nX-One: 1\r\n" in one for one in asked)
    assert all(one.endswith(b'Content-Length: 10\r\n\r\n{"a":"\xc3\xa9"}') for one in asked)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", b"SMTP\r\n"])
async def test_an_answer_that_breaks_off_is_an_error(sent: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()

    async with served(talk) as client:
        with pytest.raises(ConnectionError):
            await client.request("GET", "/", headers={})
