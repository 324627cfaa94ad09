"""The bounds of a connection, before any request is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from services.gateway import server


@asynccontextmanager
async def listening() -> AsyncIterator[int]:
    """Serves one answer to everything on a free port."""
    answer = PlainTextResponse("well")
    config = uvicorn.Config(
        answer, http=server.BoundedProtocol, lifespan="off", ws="none", log_config=None, access_log=False
    )
    bound = server.listening_socket("127.0.0.1", 0)
    serving = uvicorn.Server(config)
    config.load()
    task = asyncio.create_task(serving._serve([bound]))
    while not serving.started:
        await asyncio.sleep(0.01)
    yield bound.getsockname()[1]
    serving.should_exit = True
    await task


async def test_a_head_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    async with listening() as port, asyncio.timeout(10):
        for start in (b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(start)
            assert (await reader.read()).count(b"200 OK") == start.count(b"\r\n\r\n")
            writer.close()


async def test_requests_on_one_connection_are_each_bounded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LARGEST_HEAD", 200)
    async with listening() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(5):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + b"a" * 300)
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await reader.readuntil(b"well")
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 300)
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")
        writer.close()


@pytest.mark.parametrize("length", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
async def test_a_body_that_goes_on_after_its_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    monkeypatch.setattr(server, "REST_SECONDS", 0.3, raising=False)
    async with listening() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST / HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n".encode())
        await reader.readuntil(b"well")
        closed = asyncio.create_task(reader.read())
        # Bytes that keep coming put off uvicorn's own clock for ever.
        for _ in range(30):
            writer.write(b"1\r\na\r\n")
            await asyncio.sleep(0.05)
        assert closed.done()
        writer.close()


async def test_a_body_that_ends_after_its_answer_keeps_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "REST_SECONDS", 0.3, raising=False)
    async with listening() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            await reader.readuntil(b"well")
            writer.write(b"cd")
            await asyncio.sleep(0.4)
        writer.close()
