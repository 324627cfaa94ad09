"""Full lifecycles against bare workflows, in turns on the same Temporal server; then at fixed rates."""

import statistics
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.guichet import Loaded
from tests.bench.measured import Window, measured
from tests.bench.talking import Driven, driven

SHARES_OF_THE_MOST = (0.5, 0.8)


@dataclass(frozen=True)
class Plan:
    """How often and how long, in seconds."""

    clients: tuple[int, ...] = (1, 4, 16, 32)
    repetitions: int = 3
    warm_up: float = 10
    ramp: float = 1
    bare: float = 4
    full: float = 7
    open: float = 12
    open_repetitions: int = 2


async def measure(loaded: Loaded, folder: Path, plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Returns every window. Repetitions are interleaved: bare, begun, full, bare, begun, full."""
    address = loaded.system.temporal_address
    async with AsyncExitStack() as stack:
        worker = await stack.enter_async_context(
            driven(folder / "bare.log", "tests.bench.bare", "worker", address)
        )
        client = await stack.enter_async_context(
            driven(folder / "bare.log", "tests.bench.bare", "client", address)
        )

        bare_ids = {"bare worker": worker.process_id, "bare client": client.process_id}
        process_ids = {**loaded.process_ids(), **bare_ids}

        async def window(driver: Driven, call: str, name: str, **arguments: float) -> Window:
            taken = await measured(driver, call, name, process_ids, **arguments)
            say(one_line(taken, "load" if driver is loaded.load else "bare client"))
            return taken

        most = max(plan.clients)
        await window(client, "closed", "warm-up, bare", clients=most, warm_up=0, seconds=plan.warm_up / 2)
        await window(loaded.load, "closed", "warm-up, full", clients=16, warm_up=0, seconds=plan.warm_up)
        bare, begun, full = [], [], []
        for repetition in range(plan.repetitions):
            for clients in plan.clients:
                said = f"{clients} clients, {repetition + 1}"
                closed = {"clients": clients, "warm_up": plan.ramp}
                bare.append(await window(client, "closed", f"bare, {said}", **closed, seconds=plan.bare))
                begun.append(await window(client, "begun", f"begun, {said}", **closed, seconds=plan.bare))
                full.append(await window(loaded.load, "closed", f"full, {said}", **closed, seconds=plan.full))
        opened = []
        highest = highest_rate(full, plan)
        for _ in range(plan.open_repetitions):
            for share in SHARES_OF_THE_MOST:
                rate = highest * share
                name = f"full, {share:.0%} of the most: {rate:.1f}/s"
                opened.append(
                    await window(loaded.load, "open", name, rate=rate, warm_up=plan.ramp, seconds=plan.open)
                )
    return {
        "clients": plan.clients,
        "bare": [one.written() for one in bare],
        "begun": [one.written() for one in begun],
        "full": [one.written() for one in full],
        "open": [one.written() for one in opened],
        "shares": SHARES_OF_THE_MOST,
    }


def highest_rate(windows: list[Window], plan: Plan) -> float:
    """Returns the highest of the median rates that so many clients reached."""
    by_clients = [windows[number :: len(plan.clients)] for number in range(len(plan.clients))]
    return max(statistics.median(one.run.rate for one in repeated) for repeated in by_clients)


def one_line(window: Window, load: str) -> str:
    """Sums a window up; `load` names the process that put the load on."""
    run = window.run
    line = f"{window.name}: {run.rate:.1f}/s"
    if run.planned:
        line += f", p50 {window.latency(50):.0f} ms, p99 {window.latency(99):.0f} ms"
    line += f"; of one core: load {window.share(load):.0%}, others {window.others_share:.0%}"
    return line + (f"; ERRORS {len(run.errors)}: {run.errors[0]}" if run.errors else "")
