"""The whole system as `make up` runs it: a process of its own, a state folder of its own, free ports."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.health import Ready, get, grpc_ready, http_ready, ports_ready
from deploy.local.leftovers import parsed, start_time
from deploy.local.program import TETHER, free_ports
from deploy.local.temporal import worker_polls

ROOT = Path(__file__).parents[2]
PORTS = (
    "HTTP_PORT",
    "IDENTITY_PORT",
    "COMPANY_PORT",
    "NOTIFICATION_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "MAILBOX_PORT",
    "MAILBOX_SMTP_PORT",
    "MEMO_PORT",
)
START_SECONDS = 100


@dataclass(frozen=True)
class RunningProcess:
    """A process, known by its id and its start time: an id that was given to another is left alone."""

    id: int
    started: str

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal. Returns whether the process is still there."""
        if start_time(self.id) != self.started:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.id, number)
            return True
        return False


class RunningSystem:
    """`python -m deploy.local`, and what it has written so far."""

    def __init__(self, process: asyncio.subprocess.Process, settings: Mapping[str, str]) -> None:
        self.process = process
        self.settings = settings
        self.state = Path(settings["GUICHET_STATE_DIR"])
        self.written = ""
        self._more = asyncio.Event()
        self.reading = asyncio.create_task(self._read())

    @property
    def http_port(self) -> int:
        return int(self.settings["GUICHET_HTTP_PORT"])

    @property
    def url(self) -> str:
        return f"http://localhost:{self.http_port}"

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.settings['GUICHET_MAILBOX_PORT']}"

    @property
    def memo_url(self) -> str:
        return f"http://localhost:{self.settings['GUICHET_MEMO_PORT']}"

    @property
    def temporal_address(self) -> str:
        return f"127.0.0.1:{self.settings['GUICHET_TEMPORAL_PORT']}"

    async def until(self, text: str, *, seconds: float = 60) -> None:
        """Returns once it has written a text. Ended before: AssertionError with all that it wrote."""
        async with asyncio.timeout(seconds):
            while text not in self.written:
                assert not self.reading.done(), self.written
                self._more.clear()
                await self._more.wait()

    async def until_ready(self, *, seconds: float = 60) -> None:
        """Returns once the gateway says that everything serves."""
        async with asyncio.timeout(seconds):
            while not await self._is_ready():
                await asyncio.sleep(0.1)

    def environment(self) -> dict[str, str]:
        """Returns the variables by which its programs find one another. It is running."""
        lines = (self.state / "environment").read_text().splitlines()
        values = dict(line.split("=", 1) for line in lines)
        return {**self.settings, **{name: value.strip("'") for name, value in values.items()}}

    def command_line(self) -> "CommandLine":
        return CommandLine({"GUICHET_STATE_DIR": str(self.state)})

    async def database(self, service: str) -> asyncpg.Connection:
        """Connects to a service's database: identity, company or notification. The caller closes it."""
        url = self.environment()["GUICHET_DATABASE_URL"]
        return await asyncpg.connect(f"{url}/guichet_{service}")

    def process_ids(self) -> dict[str, int]:
        """Returns the process that runs each program now."""
        files = (self.state / "run").glob("*.process")
        return {file.stem: int(file.read_text().split()[0]) for file in files}

    def running_process(self, name: str) -> RunningProcess | None:
        """Returns the process that runs a program now, or None between its end and its next start."""
        with contextlib.suppress(FileNotFoundError):
            process_id, _, started = parsed((self.state / "run" / f"{name}.process").read_text())
            if process_id and started and start_time(process_id) == started:
                return RunningProcess(process_id, started)
        return None

    def ready_check(self, name: str) -> Ready:
        """Returns what passes while a program serves, and raises while it does not."""

        async def database_answers() -> None:
            await (await self.database("company")).close()

        port = int(self.settings.get(f"GUICHET_{name.upper()}_PORT", 0))
        checks: Mapping[str, Ready] = {
            "gateway": http_ready(self.http_port, "/healthz"),
            "worker": worker_polls(self.temporal_address, "default"),
            "postgres": database_answers,
            "temporal": ports_ready(port),
            "memo": http_ready(port, "/healthz"),
            "mailbox": ports_ready(port, int(self.settings["GUICHET_MAILBOX_SMTP_PORT"])),
        }
        return checks.get(name) or grpc_ready(port)

    async def _is_ready(self) -> bool:
        try:
            state, _ = await get(self.http_port, "/readyz")
        except (OSError, TimeoutError, ValueError, IndexError):
            return False
        return state == 200

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(65536):
            self.written += chunk.decode(errors="replace")
            self._more.set()
        self._more.set()


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


class CommandLine:
    """`guichet`, as a person runs it beside a running system: it knows the state folder alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
        self._environment = {**inherited, **environment}

    async def __call__(self, *arguments: str | Path) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", *map(str, arguments)),
            env=self._environment,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def running_system(state: Path, **more: str) -> AsyncIterator[RunningSystem]:
    """Runs the system for the length of a block, from its banner on. It must stop cleanly."""
    async with started_system(state, **more) as system:
        await system.until("Guichet is ready", seconds=START_SECONDS)
        yield system
    assert system.process.returncode == 0, system.written


@asynccontextmanager
async def started_system(state: Path, **more: str) -> AsyncIterator[RunningSystem]:
    """Runs the system for the length of a block, from its first moment on. It ends with this process too."""
    ports = zip(PORTS, free_ports(len(PORTS)), strict=True)
    settings = {f"GUICHET_{name}": str(port) for name, port in ports}
    settings |= {"GUICHET_STATE_DIR": str(state), **more}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUICHET_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(signal.SIGTERM)), ""),
        *(sys.executable, "-m", "deploy.local"),
        env={**inherited, **settings},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    system = RunningSystem(process, settings)
    try:
        yield system
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await system.reading
