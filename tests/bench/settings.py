"""What the settings that design relies on are worth: the system with and without each, in turns."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.program import Program, running
from tests.bench.measured import measured
from tests.bench.rates import one_line
from tests.bench.stack import (
    Stack,
    running_stack,
    with_own_file,
    with_worker_variant,
    without_option,
)
from tests.bench.variant_worker import SANDBOX_OFF, STICKY_DEFAULT, WHOLE_PACKAGE

AS_IT_IS = "as it is"


@dataclass(frozen=True)
class Plan:
    """How often and how long, in seconds."""

    repetitions: int = 3
    clients: int = 16
    warm_up: float = 3
    seconds: float = 6
    seconds_alone: float = 4
    kills: int = 2
    held: int = 8


def variants(stack: Stack) -> dict[str, tuple[Program, Program]]:
    """Returns Temporal and the worker as they are, and with one thing changed."""
    temporal, worker = stack.programs["temporal"], stack.programs["worker"]
    base = with_own_file(temporal, "base")
    return {
        AS_IT_IS: (base, worker),
        "no write-ahead log": (
            with_own_file(without_option(temporal, "journal_mode=wal", "synchronous=1"), "no-wal"),
            worker,
        ),
        "default dispatch rate": (
            with_own_file(
                without_option(temporal, "history.transferProcessorMaxPollRPS=2000"), "default-rate"
            ),
            worker,
        ),
        "whole package in the sandbox": (base, with_worker_variant(worker, WHOLE_PACKAGE)),
        "sandbox off": (base, with_worker_variant(worker, SANDBOX_OFF)),
    }


async def measure(folder: Path, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Returns, for each variant, windows under load and with one client, one of each a repetition."""
    async with running_stack(folder) as stack:
        windows: dict[str, list[dict[str, Any]]] = {}
        for repetition in range(plan.repetitions):
            for name, engine in variants(stack).items():
                async with stack.engine(*engine) as process_ids:
                    for clients, seconds in ((plan.clients, plan.seconds), (1, plan.seconds_alone)):
                        window = await measured(
                            stack.load,
                            "closed",
                            f"{name}, {clients} clients, {repetition + 1}",
                            lambda found=process_ids: found,
                            clients=clients,
                            warm_up=plan.warm_up if clients > 1 else 1,
                            seconds=seconds,
                        )
                        say(one_line(window, "load"))
                        windows.setdefault(name, []).append(window.written())
        return {"windows": windows, "sticky": await sticky(stack, plan, say)}


async def sticky(stack: Stack, plan: Plan, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Returns the milliseconds from a decision to its mail, when the worker that knew the request was killed.

    Another worker polls by then: what is waited for is that the server gives up on the killed one.
    """
    waits: dict[str, list[float]] = {AS_IT_IS: [], STICKY_DEFAULT: []}
    worker = stack.programs["worker"]
    temporal = with_own_file(stack.programs["temporal"], "base")
    logs = stack.state / "logs"
    async with stack.run(temporal):
        for _ in range(plan.kills):
            for name, waited in waits.items():
                program = worker if name == AS_IT_IS else with_worker_variant(worker, STICKY_DEFAULT)
                async with running(program, logs / "killed.log", seconds=60) as process:
                    await stack.load.call("held", count=plan.held)
                    os.kill(process.pid, signal.SIGKILL)
                    await process.wait()
                async with running(program, logs / "worker.log", seconds=60):
                    waited += (await stack.load.call("decide_held"))["told"]
                say(f"worker killed, {name}: {', '.join(f'{each:.0f}' for each in waited)} ms")
    return waits
