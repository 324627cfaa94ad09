"""The whole system as `make up` runs it, on free ports and in a state folder of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import free_ports

REPOSITORY = Path(__file__).parents[2]
PORTS = (
    "HTTP_PORT",
    "TEMPORAL_PORT",
    "TEMPORAL_UI_PORT",
    "MAILBOX_SMTP_PORT",
    "MAILBOX_PORT",
    "IDENTITY_PORT",
    "COMPANY_PORT",
    "NOTIFICATION_PORT",
)
SECONDS_TO_START = 90


@dataclass(frozen=True)
class System:
    environment: Mapping[str, str]
    process: asyncio.subprocess.Process
    banner: str

    @property
    def url(self) -> str:
        return self.environment["GUICHET_PUBLIC_URL"]

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['GUICHET_MAILBOX_PORT']}"

    @property
    def temporal_address(self) -> str:
        return f"127.0.0.1:{self.environment['GUICHET_TEMPORAL_PORT']}"

    async def guichet(self, *arguments: str) -> tuple[int, str, str]:
        """Runs the command line, and returns its code, output and errors."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("guichet")),
            *arguments,
            env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        return process.returncode or 0, output.decode(), errors.decode()


@contextlib.asynccontextmanager
async def running_system(state: Path, **settings: str) -> AsyncIterator[System]:
    """Runs everything for the length of a block. It must stop by itself on SIGTERM, with 0."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    environment = {f"GUICHET_{name}": value for name, value in {**ports, **settings}.items()}
    environment["GUICHET_STATE_DIR"] = str(state)
    environment["GUICHET_PUBLIC_URL"] = f"http://localhost:{ports['HTTP_PORT']}"
    output = state.with_name(f"{state.name}.log")
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.local"),
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield System(environment, process, await banner(process, output))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            code = await process.wait()
        assert code == 0, (await asyncio.to_thread(output.read_text))[-5000:]


async def banner(process: asyncio.subprocess.Process, output: Path) -> str:
    async with asyncio.timeout(SECONDS_TO_START):
        while True:
            written = await asyncio.to_thread(output.read_text, errors="replace")
            if "Guichet is ready" in written:
                return written[written.index("Guichet is ready") :]
            assert process.returncode is None, written[-5000:]
            await asyncio.sleep(0.1)
