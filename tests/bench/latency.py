"""What one client waits for, and what the idle system weighs: `python -m tests.bench.latency [ROUNDS]`.

Starts the whole system in a temporary state folder, warms it up, and prints p50 and p99 in milliseconds
over so many rounds (100) of the story, in which each submit and decision is on another company.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil

from tests.system.companies import demo_companies
from tests.system.people import PASSWORD, Mailbox, new_person
from tests.system.running import RunningSystem, running_system

WARM_UP = 20
SETTLING_SECONDS = 20

Samples = defaultdict[str, list[float]]


class Stopwatch:
    def __init__(self) -> None:
        self.samples: Samples = defaultdict(list)
        self.warm = False

    @asynccontextmanager
    async def timed(self, name: str) -> AsyncIterator[None]:
        start = time.perf_counter()
        yield
        if self.warm:
            self.samples[name].append((time.perf_counter() - start) * 1000)


async def measure(system: RunningSystem, rounds: int) -> Samples:
    stopwatch = Stopwatch()
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as http:
        mailbox = Mailbox(http, system.mailbox_url)
        claire = await new_person(http, mailbox, "Claire Morel").joins()
        bruno = await new_person(http, mailbox, "Bruno Petit").joins()
        for number, company in enumerate(demo_companies()[: rounds + WARM_UP]):
            stopwatch.warm = number >= WARM_UP
            granted = await claire.asks_for(company)
            assert granted.status_code == 201, granted.text
            await mailbox.message(to=company.contact_email, kind="administrator_granted")
            async with stopwatch.timed("submit"):
                submitted = await bruno.asks_for(company)
            assert submitted.status_code == 202, submitted.text
            access_request_id = submitted.json()["access_request"]["id"]
            await mailbox.message(to=claire.email, kind="access_request_received", request=access_request_id)
            async with stopwatch.timed("decision"):
                decided = await claire.decides(access_request_id, "approve")
            assert decided.status_code == 200, decided.text
        eve = await new_person(http, mailbox, "Eve Roy").joins()
        await eve.asks_for(demo_companies()[rounds + WARM_UP])
        for _ in range(rounds * 2):
            async with stopwatch.timed("GET /me"):
                answer = await eve.call("GET", "/me")
            assert answer.status_code == 200
        for _ in range(min(rounds, 50)):
            async with stopwatch.timed("sign-in"):
                answer = await eve.sign_in(PASSWORD)
            assert answer.status_code == 201
    return stopwatch.samples


def resident_bytes(root: int) -> int:
    """Memory of a process and all below it; pages that several share are counted once (PSS)."""
    parent = psutil.Process(root)
    return sum(one.memory_full_info().pss for one in [parent, *parent.children(recursive=True)])


def line(name: str, value: float, unit: str, note: str = "") -> None:
    print(f"{name:<24}{value:8.1f} {unit}  {note}".rstrip())


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        async with running_system(Path(folder) / "state") as system:
            line("banner, first use", time.perf_counter() - start, "s")
            await asyncio.sleep(SETTLING_SECONDS)
            line("resident, idle", resident_bytes(system.process.pid) / 1e6, "MB")
            for name, values in (await measure(system, rounds)).items():
                p99 = statistics.quantiles(values, n=100)[98]
                line(f"{name}, p50", statistics.median(values), "ms", f"p99 {p99:.1f} ms, n {len(values)}")
            line("resident, after that", resident_bytes(system.process.pid) / 1e6, "MB")
        start = time.perf_counter()
        async with running_system(Path(folder) / "state"):
            line("banner, already set up", time.perf_counter() - start, "s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
    sys.stdout.flush()
    os._exit(0)
