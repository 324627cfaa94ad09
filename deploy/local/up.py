"""One run of the whole system in the foreground, from the first check to the last stop."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.local.banner import banner
from deploy.local.demo_import import DEMO_COMPANIES, import_demo
from deploy.local.health import http_ready
from deploy.local.leftovers import RunningPrograms, only_run
from deploy.local.output import Output
from deploy.local.ports import needed_ports, require_free
from deploy.local.program import ProgramFailed
from deploy.local.settings import LocalSettings
from deploy.local.supervisor import Supervisor, first_of
from deploy.local.system import database_server, programs
from services.platform.service_identity import create_keys

READY_SECONDS = 60.0


class StopRequests:
    """What Ctrl-C and SIGTERM ask: the first time to stop, then to do so at once."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._asked)

    def _asked(self) -> None:
        if self.first.is_set():
            self.second.set()
        self.first.set()


async def up(settings: LocalSettings) -> int:
    """Runs everything until Ctrl-C or SIGTERM. Returns the code to leave with.

    Raises:
        SystemExit: a port is taken, a tool is missing, or another run holds the state folder.
    """
    stop_requests = StopRequests()
    state = settings.state
    with only_run(state / "run"):
        running = RunningPrograms(state / "run")
        left = await asyncio.to_thread(running.end_leftovers)
        require_free(needed_ports(settings))
        create_keys(settings.keys_directory)
        database = await asyncio.to_thread(database_server, settings)
        environment = settings.exported(database.url if database else settings.database_url)
        parts = await asyncio.to_thread(programs, settings, database, environment)
        output = Output(state / "logs", [part.name for part in parts])
        if left:
            output.say(f"ended what an earlier run had left: {', '.join(left)}")
        supervisor = Supervisor(parts, output, running)
        with environment_file(state / "environment", environment):
            try:
                await serve(settings, supervisor, output, environment, stop_requests.first)
                return 0
            except ProgramFailed as error:
                output.say(f"Guichet cannot start: {error}\nThe whole log is in {output.logs}/")
                return 1
            finally:
                await stop(supervisor, output, stop_requests.second)


async def serve(
    settings: LocalSettings,
    supervisor: Supervisor,
    output: Output,
    environment: Mapping[str, str],
    stopping: asyncio.Event,
) -> None:
    """Returns once it is to stop.

    Raises:
        ProgramFailed: a part could not be started.
    """
    await first_of(become_ready(settings, supervisor, output, environment), stopping.wait())
    if not stopping.is_set():
        output.say("\n" + banner(settings, DEMO_COMPANIES, output.logs) + "\n")
        output.show_logs()
        await stopping.wait()


async def become_ready(
    settings: LocalSettings, supervisor: Supervisor, output: Output, environment: Mapping[str, str]
) -> None:
    await supervisor.start()
    if settings.embeds_database:
        await import_demo(settings, output, environment)
    ready = http_ready(settings.http_port, "/readyz")
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while True:
        try:
            return await ready()
        except Exception as error:
            if asyncio.get_running_loop().time() > deadline:
                raise ProgramFailed(f"the gateway is not ready after {READY_SECONDS:g} s: {error}") from error
        await asyncio.sleep(0.05)


async def stop(supervisor: Supervisor, output: Output, at_once: asyncio.Event) -> None:
    async def force() -> None:
        await at_once.wait()
        output.say("ending every program at once")
        supervisor.kill()
        await asyncio.Event().wait()

    output.say("stopping")
    await first_of(supervisor.stop(), force())
    output.say("stopped")


@contextlib.contextmanager
def environment_file(path: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Keeps, for the length of a run, a file by which the command line finds what runs. Mode 600."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={quoted(value)}\n" for name, value in environment.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def quoted(value: str) -> str:
    """Returns a value as files of variables write it, so that no character of it is special."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
