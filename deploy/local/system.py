"""The programs that make up Guichet on one machine, and what each of them needs."""

import contextlib
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from deploy.local.health import Ready, grpc_ready, http_ready, ports_ready
from deploy.local.ports import is_free
from deploy.local.postgres import Postgres
from deploy.local.program import Program, free_ports
from deploy.local.settings import LOOPBACK, LocalSettings
from deploy.local.temporal import temporal_program, worker_polls

SMALL_PROCESSES = {
    # One malloc arena for each core would keep what every one of them has ever held.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    # gRPC starts a pool of threads for each core, and a process that never forks needs no fork handlers.
    "GRPC_ENABLE_FORK_SUPPORT": "false",
    "PYTHONUNBUFFERED": "1",
}


def database_server(settings: LocalSettings) -> Postgres | None:
    """Returns the embedded PostgreSQL, or None where another one is configured.

    It keeps its port from run to run, as long as that one is free.
    """
    if not settings.embeds_database:
        return None
    kept = settings.state / "postgres" / "port"
    kept.parent.mkdir(parents=True, exist_ok=True)
    port = 0
    with contextlib.suppress(OSError, ValueError):
        port = int(kept.read_text())
    if not port or not is_free(LOOPBACK, port):
        port = free_ports(1)[0]
        kept.write_text(str(port))
    return Postgres(settings.state, port)


def programs(
    settings: LocalSettings, database: Postgres | None, environment: Mapping[str, str]
) -> list[Program]:
    """Returns every program to run, those that others use first."""
    embedded = embedded_parts(settings, database, environment)
    present = {part.name for part in embedded}
    polls = worker_polls(environment["GUICHET_TEMPORAL_ADDRESS"], settings.temporal_namespace)

    ports = {
        "identity": settings.identity_port,
        "company": settings.company_port,
        "notification": settings.notification_port,
    }
    services = [
        replace(
            python(name, f"services.{name}", grpc_ready(port), environment),
            needs=tuple({"postgres"} & present),
            uses=tuple({"temporal", "mailbox"} & present),
        )
        for name, port in ports.items()
    ]
    worker = replace(
        python("worker", "workflows.worker", polls, environment),
        needs=tuple({"temporal"} & present),
        uses=tuple(ports),
    )
    gateway = replace(
        python("gateway", "services.gateway", http_ready(settings.http_port, "/healthz"), environment),
        uses=(*ports, "worker"),
    )
    if not settings.embeds_database:
        return [*embedded, *services, worker, gateway]
    memo = replace(
        python("memo", "deploy.local.memo", http_ready(settings.memo_port, "/healthz"), environment),
        uses=("gateway",),
    )
    return [*embedded, *services, worker, gateway, memo]


def embedded_parts(
    settings: LocalSettings, database: Postgres | None, environment: Mapping[str, str]
) -> list[Program]:
    parts = []
    if database is not None:
        parts.append(replace(database.program(), shown=False))
    if settings.embeds_temporal:
        parts.append(
            temporal_program(
                temporal_command(),
                settings.state / "temporal",
                port=settings.temporal_port,
                ui_port=settings.temporal_ui_port,
                namespace=settings.temporal_namespace,
            )
        )
    if settings.embeds_mailbox:
        ready = ports_ready(settings.mailbox_port, settings.mailbox_smtp_port)
        parts.append(python("mailbox", "deploy.local.mailbox", ready, environment))
    return parts


def python(name: str, module: str, ready: Ready, environment: Mapping[str, str]) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-m", module),
        ready=ready,
        environment={**SMALL_PROCESSES, **environment},
    )


def temporal_command() -> Path:
    """Returns the path of Temporal's command line, or leaves with a line that says how to get it."""
    beside_python = Path(sys.executable).parent / "temporal"
    if beside_python.exists():
        return beside_python
    found = shutil.which("temporal")
    if found is None:
        raise SystemExit(
            "the temporal command was not found: run `make install`, or set GUICHET_TEMPORAL_ADDRESS"
            " to the address of a Temporal server"
        )
    return Path(found)
