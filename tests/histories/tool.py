"""A tool that hears of logouts over HTTP, and answers what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass
class Tool:
    """`heard` holds the body of each request. One that is `silent` reads it and answers nothing."""

    address: str = ""
    answer: int = 200
    silent: bool = False
    heard: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length")
        )
        self.heard.append((await reader.readexactly(length)).decode())
        if self.silent:
            await reader.read()
            writer.close()
            return
        status = f"{self.answer} {HTTPStatus(self.answer).phrase}"
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def tool() -> AsyncIterator[Tool]:
    """Serves a tool on a loopback port for the length of a block."""
    listener = Tool()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    listener.address = f"http://127.0.0.1:{port}/logout"
    async with server:
        yield listener
