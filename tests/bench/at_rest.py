"""The system that `make up` starts, with nobody in it: how soon it is there, and what it weighs."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench.processes import SUPERVISOR, memory
from tests.system.running import RunningSystem, running_system


async def measure(folder: Path, *, starts: int, settling: float) -> dict[str, Any]:
    """Starts it on an empty state folder, then so many times again. Seconds, and resident megabytes."""
    state = folder / "state"
    first, weight = 0.0, {}
    again = []
    for number in range(1 + starts):
        began = time.perf_counter()
        async with AsyncExitStack() as stack:
            system = await stack.enter_async_context(running_system(state))
            took = time.perf_counter() - began
            if number == 0:
                first = took
                await asyncio.sleep(settling)
                weight = weighed(system)
            else:
                again.append(took)
    return {"first": first, "again": again, "memory": weight}


def weighed(system: RunningSystem) -> dict[str, dict[str, float]]:
    programs = {**system.process_ids(), SUPERVISOR: system.process.pid}
    return {name: asdict(weight) for name, weight in memory(programs).items()}
