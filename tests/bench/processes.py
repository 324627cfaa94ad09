"""What each process of the system spends: CPU time and memory, with the processes below it."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

MEGABYTE = 1_000_000
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Spent:
    """CPU seconds so far: of each process with those below it, and of the cores that they may use."""

    processes: Mapping[str, float]
    machine: float

    def since(self, earlier: "Spent") -> dict[str, float]:
        """Returns the milliseconds of each process. One that is gone, or was not there yet, is left out."""
        return {
            name: (seconds - earlier.processes[name]) * 1000
            for name, seconds in self.processes.items()
            if name in earlier.processes
        }

    def others_since(self, earlier: "Spent") -> float:
        """Returns the milliseconds that the cores spent on nothing of ours."""
        ours = sum(self.since(earlier).values())
        return max(0.0, (self.machine - earlier.machine) * 1000 - ours)


def spent(process_ids: Mapping[str, int]) -> Spent:
    processes = {}
    for name, process_id in process_ids.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            processes[name] = cpu_seconds(name, process_id)
    return Spent(processes, busy_seconds())


def family(name: str, process_id: int) -> list[psutil.Process]:
    """Returns a process and all below it, like PostgreSQL's; the supervisor, above all others, alone."""
    process = psutil.Process(process_id)
    return [process] if name == SUPERVISOR else [process, *process.children(recursive=True)]


def cpu_seconds(name: str, process_id: int) -> float:
    """CPU of a process, of those below it, and of those below it that have ended."""
    total = 0.0
    for one in family(name, process_id):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
            if name != SUPERVISOR:
                total += times.children_user + times.children_system
    return total


def busy_seconds() -> float:
    busy = 0.0
    for core, times in enumerate(psutil.cpu_times(percpu=True)):
        if core in os.sched_getaffinity(0):
            busy += sum(times[:8]) - times.idle - times.iowait
    return busy


@dataclass(frozen=True)
class Memory:
    """Resident megabytes. PSS counts a page that several share once, RSS once for each."""

    pss: float
    rss: float


def memory(process_ids: Mapping[str, int]) -> dict[str, Memory]:
    found = {}
    for name, process_id in process_ids.items():
        infos = [one.memory_full_info() for one in family(name, process_id)]
        found[name] = Memory(
            pss=sum(info.pss for info in infos) / MEGABYTE, rss=sum(info.rss for info in infos) / MEGABYTE
        )
    return found
