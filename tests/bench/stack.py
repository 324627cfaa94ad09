"""The system without its supervisor, so that Temporal and the worker can be exchanged in the middle."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.program import Program, free_ports, running
from deploy.local.settings import LocalSettings
from deploy.local.system import database_server, programs
from deploy.local.up import environment_file
from services.platform.service_identity import create_keys
from tests.bench.guichet import COMPANIES, LIFTED, prepare, relay_of
from tests.bench.talking import Driven, driven
from tests.system.companies import import_companies
from tests.system.running import CommandLine

EXCHANGED = ("temporal", "worker")


@dataclass
class Stack:
    """Everything but Temporal and the worker runs; `engine` runs those."""

    programs: Mapping[str, Program]
    load: Driven
    state: Path
    url: str
    temporal_address: str
    kept: dict[str, int]

    def command_line(self) -> CommandLine:
        return CommandLine({"GUICHET_STATE_DIR": str(self.state)})

    @asynccontextmanager
    async def engine(self, temporal: Program, worker: Program) -> AsyncIterator[Mapping[str, int]]:
        """Runs Temporal and a worker for the length of a block, and gives the ids of all processes."""
        async with self.run(temporal) as server, self.run(worker) as working:
            yield {**self.kept, "temporal": server, "worker": working, "load": self.load.process_id}

    @asynccontextmanager
    async def run(self, program: Program) -> AsyncIterator[int]:
        log = self.state / "logs" / f"{program.name}.log"
        async with running(program, log, seconds=60) as process:
            yield process.pid


@asynccontextmanager
async def running_stack(folder: Path) -> AsyncIterator[Stack]:
    """Runs the system for the length of a block, everybody signed in and every company claimed."""
    http, identity, company, notification, temporal, mailbox, pages = free_ports(7)
    settings = LocalSettings(
        state_dir=folder / "state",
        http_port=http,
        identity_port=identity,
        company_port=company,
        notification_port=notification,
        temporal_port=temporal,
        mailbox_smtp_port=mailbox,
        mailbox_port=pages,
        smtp_host="127.0.0.1",
    )
    logs = settings.state / "logs"
    logs.mkdir(parents=True)
    create_keys(settings.keys_directory)
    database = database_server(settings)
    assert database is not None
    async with AsyncExitStack() as stack:
        load = await stack.enter_async_context(driven(folder / "load.log", "tests.bench.load"))
        environment = {**settings.exported(database.url), **LIFTED, **relay_of(load)}
        parts = {part.name: without_ui(part) for part in programs(settings, database, environment)}
        kept = {}
        engine = AsyncExitStack()
        await stack.enter_async_context(engine)
        for name, program in parts.items():
            holder = engine if name in EXCHANGED else stack
            process = await holder.enter_async_context(running(program, logs / f"{name}.log", seconds=60))
            if name not in EXCHANGED:
                kept[name] = process.pid
        stack.enter_context(environment_file(settings.state / "environment", environment))
        made = Stack(
            parts, load, settings.state, settings.portal_url, environment["GUICHET_TEMPORAL_ADDRESS"], kept
        )
        await prepare(load, made.url, await import_companies(made, COMPANIES))
        await engine.aclose()
        yield made


def without_ui(program: Program) -> Program:
    """The UI's port is no other's business here."""
    if program.name != "temporal":
        return program
    at = program.argv.index("--ui-port")
    return replace(program, argv=(*program.argv[:at], "--headless", *program.argv[at + 2 :]))


def with_worker_variant(worker: Program, variant: str) -> Program:
    return replace(worker, argv=(sys.executable, "-m", "tests.bench.variant_worker", variant))


def with_own_file(temporal: Program, name: str) -> Program:
    """Returns the server on a database of its own."""
    at = temporal.argv.index("--db-filename") + 1
    file = Path(temporal.argv[at]).with_name(f"{name}.sqlite")
    return replace(temporal, argv=(*temporal.argv[:at], str(file), *temporal.argv[at + 1 :]))


def without_option(temporal: Program, *values: str) -> Program:
    """Returns the server without the options that have these values."""
    argv = list(temporal.argv)
    for value in values:
        at = argv.index(value)
        del argv[at - 1 : at + 1]
    return replace(temporal, argv=tuple(argv))
