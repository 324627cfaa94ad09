"""One program of the local system: how it starts, when it is ready, how it stops."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TETHER = Path(__file__).parent / "tether.py"


class ProgramFailed(Exception):
    """A program ended, or was not ready in time. The text says which, and what it wrote last."""


@dataclass(frozen=True)
class Program:
    """What to run.

    `ready` returns once the program serves, and raises while it does not. `account` is the system
    account to run as, where that is not the present one. `stop_signal` asks it to end cleanly.
    `needs` names the programs that must be ready before it starts, `uses` those that must outlive it.
    What it writes is `shown` to the person who runs it, or kept in its log file only.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], Awaitable[None]]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    shown: bool = True


async def spawn(program: Program, output: int) -> asyncio.subprocess.Process:
    """Starts a program in a process group of its own, so that Ctrl-C reaches it through us alone.

    On Linux it gets its stop signal when this process ends, even by `kill -9`.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(TETHER)),
        *(str(os.getpid()), str(int(program.stop_signal)), program.account or ""),
        *program.argv,
        env={**os.environ, **program.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


async def wait_ready(program: Program, process: asyncio.subprocess.Process, *, seconds: float) -> None:
    """Returns once the program is ready.

    Raises:
        ProgramFailed: it ended, or it is not ready after so many seconds.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if process.returncode is not None:
            raise ProgramFailed(f"{program.name} ended with code {process.returncode} before it was ready")
        try:
            async with asyncio.timeout(2):
                return await program.ready()
        except Exception as error:
            if asyncio.get_running_loop().time() > deadline:
                raise ProgramFailed(f"{program.name} is not ready after {seconds:g} s: {error!r}") from error
        await asyncio.sleep(0.05)


async def stop(program: Program, process: asyncio.subprocess.Process, *, seconds: float = 15) -> None:
    """Asks a program to end, and ends it by force after so many seconds."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(program.stop_signal)
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        kill_group(process)
        await process.wait()


def kill_group(process: asyncio.subprocess.Process) -> None:
    """Ends at once what is left of a program and of what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.asynccontextmanager
async def running(
    program: Program, log_file: Path, *, seconds: float = 30
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a program for the length of a block, its output in a file."""
    with log_file.open("ab") as output:
        process = await spawn(program, output.fileno())
    try:
        try:
            await wait_ready(program, process, seconds=seconds)
        except ProgramFailed as error:
            written = await asyncio.to_thread(log_file.read_text, errors="replace")
            raise ProgramFailed(f"{error}\n{written[-3000:]}") from error
        yield process
    finally:
        await stop(program, process)


async def accepts_connections(port: int) -> None:
    """Returns where something listens on a loopback port, and raises OSError where nothing does."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


def free_ports(count: int) -> list[int]:
    """Returns so many loopback ports that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
