"""Keeps programs running: started as their needs are ready, started again when they die, stopped in order."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.local.leftovers import RunningPrograms
from deploy.local.output import Output
from deploy.local.program import Program, ProgramFailed, kill_group, spawn, stop, wait_ready

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
STEADY_SECONDS = 10.0
READY_SECONDS = 60.0


@dataclass
class Kept:
    """A program, and where it stands."""

    program: Program
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None
    restarts: int = 0


class Supervisor:
    """Owns the programs for the length of a run. `start` once, then `stop` once."""

    def __init__(self, programs: Sequence[Program], output: Output, running: RunningPrograms) -> None:
        self._kept = {program.name: Kept(program) for program in programs}
        self._output = output
        self._running = running

    async def start(self) -> None:
        """Starts everything, as parallel as the needs allow, and returns once all of it is ready.

        Raises:
            ProgramFailed: one ended before it was ready, or was not ready in time.
        """
        for kept in self._kept.values():
            kept.task = asyncio.create_task(self._keep(kept))
        ready = asyncio.create_task(self._all_ready())
        tasks = [kept.task for kept in self._kept.values() if kept.task]
        try:
            done, _ = await asyncio.wait([ready, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            ready.cancel()

    async def stop(self) -> None:
        """Stops each program once those that use it have ended."""
        await asyncio.gather(*(self._stop(kept) for kept in self._kept.values()))

    def kill(self) -> None:
        """Ends every program at once, without asking."""
        for kept in self._kept.values():
            kept.stop_asked.set()
            if kept.process is not None:
                kill_group(kept.process)

    def process_id(self, name: str) -> int | None:
        """Returns the id of the process that runs a program now."""
        process = self._kept[name].process
        return process.pid if process is not None and process.returncode is None else None

    async def _stop(self, kept: Kept) -> None:
        name = kept.program.name
        users = [
            other for other in self._kept.values() if name in (*other.program.uses, *other.program.needs)
        ]
        await asyncio.gather(*(user.task for user in users if user.task), return_exceptions=True)
        kept.stop_asked.set()
        if kept.task is not None:
            await asyncio.gather(kept.task, return_exceptions=True)

    async def _keep(self, kept: Kept) -> None:
        await first_of(self._needs_met(kept.program), kept.stop_asked.wait())
        delay = FIRST_DELAY_SECONDS
        while not kept.stop_asked.is_set():
            lived = 0.0
            try:
                lived = await self._live(kept)
            except OSError as error:
                if not kept.ready.is_set():
                    raise ProgramFailed(f"{kept.program.name} cannot be run: {error}") from error
                self._output.trouble(kept.program.name, f"cannot be run: {error}")
            if kept.stop_asked.is_set():
                return
            delay = FIRST_DELAY_SECONDS if lived >= STEADY_SECONDS else delay
            ended = how_it_ended(kept.process)
            self._output.trouble(kept.program.name, f"{ended}; starting it again in {delay:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(kept.stop_asked.wait(), delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)
            kept.restarts += 1

    async def _all_ready(self) -> None:
        for kept in self._kept.values():
            await kept.ready.wait()

    async def _needs_met(self, program: Program) -> None:
        for name in program.needs:
            await self._kept[name].ready.wait()

    async def _live(self, kept: Kept) -> float:
        """Runs a program until it ends or is to stop. Returns for how many seconds it was ready."""
        program, clock = kept.program, asyncio.get_running_loop().time
        process = kept.process = await spawn(program, asyncio.subprocess.PIPE)
        self._running.started(program, process.pid)
        following = asyncio.create_task(self._output.follow(program, process.stdout))
        try:
            await first_of(self._become_ready(kept, process), kept.stop_asked.wait())
            ready_at = clock()
            await first_of(process.wait(), kept.stop_asked.wait())
            return clock() - ready_at
        finally:
            await stop(program, process)
            kill_group(process)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(following, 1)
            self._running.ended(program)

    async def _become_ready(self, kept: Kept, process: asyncio.subprocess.Process) -> None:
        program = kept.program
        try:
            await wait_ready(program, process, seconds=READY_SECONDS)
        except ProgramFailed as error:
            if not kept.ready.is_set():
                written = self._output.last_lines(program.name)
                raise ProgramFailed(f"{error}\n{written}".rstrip()) from error
            if process.returncode is None:
                self._output.trouble(program.name, str(error))
        else:
            self._output.step(program.name, "is ready again" if kept.ready.is_set() else "is ready")
            kept.ready.set()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Returns at the end of the first, raising what it raised, and cancels the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def how_it_ended(process: asyncio.subprocess.Process | None) -> str:
    code = process.returncode if process else None
    if code is None or code >= 0:
        return f"ended with code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
