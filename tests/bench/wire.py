"""HTTP/1.1 as the load speaks it: no more than it takes to ask and to read the answer.

Half of the load's CPU was httpx, on the cores that the product has to share with it.
"""

import asyncio
import json as json_
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httptools
import httpx

LONGEST_ANSWER_SECONDS = 60.0


class LeanClient(httpx.AsyncClient):
    """A client of one server: connections are kept and shared, and `request` is all it can.

    To the people of the load it is the client they know, and its answers are httpx's.
    """

    def __init__(self, url: str) -> None:  # nothing of httpx's own is set up
        parts = urlsplit(url)
        self._address = str(parts.hostname), parts.port or 80
        self._host = parts.netloc
        self._idle: list[_Connection] = []

    async def request(  # type: ignore[override]  # the part of it that people use
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Asks, and returns the answer. The connection breaks: ConnectionError; too late: TimeoutError."""
        lines = [f"{method} {url} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: gzip"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        body = b""
        if json is not None:
            body = json_.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        head = "\r\n".join([*lines, "", ""]).encode()
        async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
            connection = await self._connection()
            answer = await connection.ask(head + body)
        if connection.is_open:
            self._idle.append(connection)
        answer.request = httpx.Request(method, f"http://{self._host}{url}")
        return answer

    async def _connection(self) -> "_Connection":
        while self._idle:
            if (connection := self._idle.pop()).is_open:
                return connection
        loop = asyncio.get_running_loop()
        _, opened = await loop.create_connection(_Connection, *self._address)
        return opened


class _Connection(asyncio.Protocol):
    """One connection, one question at a time. The methods named `on_` are the parser's."""

    def __init__(self) -> None:
        self.is_open = False
        self._answer: asyncio.Future[httpx.Response]

    def ask(self, question: bytes) -> "asyncio.Future[httpx.Response]":
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(question)
        return self._answer

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._transport.abort()
            self._fail(ConnectionError(f"no HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self._fail(ConnectionError("closed before the answer"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._parser.should_keep_alive():
            self.is_open = False
            self._transport.close()
        if not self._answer.done():
            self._answer.set_result(
                httpx.Response(self._parser.get_status_code(), headers=self._headers, content=self._body)
            )

    def _fail(self, error: Exception) -> None:
        answer = getattr(self, "_answer", None)
        if answer is not None and not answer.done():
            answer.set_exception(error)
