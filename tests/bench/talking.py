"""How the benchmark talks with the processes that put the load on: lines of JSON, one call at a time."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from tests.bench.loops import Mark

Json = dict[str, Any]
Handler = Callable[..., Awaitable[Json]]

LONGEST_LINE_BYTES = 2**28
SECONDS_TO_LEAVE = 10.0


class Driven:
    """A process that does what it is told. Its first line says that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, ready: Json) -> None:
        self._process = process
        self.ready = ready

    @property
    def process_id(self) -> int:
        return self._process.pid

    async def call(self, name: str, *, mark: Mark = lambda moment: None, **arguments: Any) -> Json:
        """Has it do something, and returns its answer. `mark` is called at each moment that it tells.

        Raises:
            RuntimeError: it failed, or ended.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": name, "arguments": arguments}).encode() + b"\n")
        await self._process.stdin.drain()
        while "moment" in (line := await read_line(self._process)):
            mark(line["moment"])
        if "failed" in line:
            raise RuntimeError(f"{name}: {line['failed']}")
        answer: Json = line["answer"]
        return answer


async def read_line(process: asyncio.subprocess.Process) -> Json:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"process {process.pid} has ended, see its log")
    read: Json = json.loads(line)
    return read


@asynccontextmanager
async def driven(log: Path, module: str, *arguments: str) -> AsyncIterator[Driven]:
    """Runs a module for the length of a block. What it writes beside its answers is in the log."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors.fileno(),
            limit=LONGEST_LINE_BYTES,
        )
    try:
        yield Driven(process, await read_line(process))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), SECONDS_TO_LEAVE)
        except TimeoutError:
            process.kill()
            await process.wait()


def say(**line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def mark(moment: str) -> None:
    """Tells the other side that a moment has come, e.g. that the window opens."""
    say(moment=moment)


async def serve(handlers: Mapping[str, Handler], **ready: object) -> None:
    """Does what the other side asks, until it has nothing more to ask."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    say(ready=True, **ready)
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            answer = await handlers[asked["call"]](**asked["arguments"])
        except Exception as error:
            say(failed=f"{type(error).__name__}: {error}")
        else:
            say(answer=answer)


def leave(code: int = 0) -> NoReturn:
    """Ends the process without the interpreter's clean-up, in which Temporal's client may crash."""
    sys.stdout.flush()
    os._exit(code)
