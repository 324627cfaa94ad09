"""What goes wrong every few seconds: programs killed and stopped, sessions ended, a relay that misbehaves."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random

import asyncpg
import httpx

from deploy.local.health import Ready
from tests.chaos.journal import Fault, Journal, now
from tests.system.running import RunningProcess, RunningSystem

PROGRAMS = (
    *("worker", "identity", "company", "notification", "gateway"),
    *("temporal", "postgres", "mailbox", "memo"),
)
RELAY_ANSWERS = ("451", "421", "slow", "cut_after_data")
LONGEST_RETURN_SECONDS = 60
FOR_GOOD = 1_000_000
END_SESSIONS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname LIKE 'guichet_%' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Rhythm:
    """Seconds between two faults, for how long a program is stopped, and how many are away at most.

    A program is away until it serves again: on a busy machine faults come more slowly, and people still
    get something done between them.
    """

    gap: tuple[float, float]
    stop: tuple[float, float]
    away_at_once: int = 2


@dataclass
class Faults:
    """Breaks a running system, in an order that the seed gives, and mends it at the end.

    PostgreSQL and Temporal are ended and stopped by the id of their first process, as the supervisor
    knows it: PostgreSQL's sessions go on while its postmaster is stopped, and end when it is killed.
    """

    system: RunningSystem
    journal: Journal
    random: Random
    rhythm: Rhythm
    http: httpx.AsyncClient
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _stopped: dict[str, RunningProcess] = field(default_factory=dict)

    async def strike(self) -> None:
        """Goes on until it is cancelled. Faults overlap: what is stopped stays so while others strike."""
        for fault in self._in_random_order():
            while len(self._under_way) >= self.rhythm.away_at_once:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(fault())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(self.random.uniform(*self.rhythm.gap))

    async def keep_refusing(self) -> None:
        """Has the relay answer 550 for the addresses that refuse mail, also after it was started again."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await self.http.get(f"{self.system.mailbox_url}/api/faults")
                known = {one["to"] for one in answer.json()["items"]}
                for address in self.journal.refusing - known:
                    await self._set_relay(to=address, answer="550", times=FOR_GOOD)
            await asyncio.sleep(1)

    async def mend(self) -> None:
        """Ends every fault that is under way."""
        for process in self._stopped.values():
            process.send(signal.SIGCONT)
        self._stopped.clear()
        await asyncio.gather(*self._under_way)
        await self._set_relay(to="*", answer="451", times=0)

    def _in_random_order(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """Yields every fault once, then again in another order."""
        faults: list[Callable[[], Awaitable[None]]] = [self._end_sessions, self._end_sessions]
        faults += [partial(self._kill, program) for program in PROGRAMS]
        faults += [partial(self._stop, program) for program in PROGRAMS]
        faults += [partial(self._misbehave, answer) for answer in RELAY_ANSWERS]
        while True:
            self.random.shuffle(faults)
            yield from faults

    async def _kill(self, program: str) -> None:
        process = self.system.running_process(program)
        begin = now()
        if process is not None and process.send(signal.SIGKILL):
            await self._is_back(program, process)
            self.journal.faulted(Fault("kill", program, begin, now()))

    async def _stop(self, program: str) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.random.uniform(*self.rhythm.stop)
        process = self.system.running_process(program)
        begin = now()
        if process is None or program in self._stopped or not process.send(signal.SIGSTOP):
            return
        self._stopped[program] = process
        while loop.time() < until and program in self._stopped:
            await asyncio.sleep(0.1)
        process.send(signal.SIGCONT)
        self._stopped.pop(program, None)
        await self._is_back(program, None)
        self.journal.faulted(Fault("stop", program, begin, now()))

    async def _is_back(self, program: str, killed: RunningProcess | None) -> None:
        """Returns once it serves, in another process than the one that was killed, or takes too long."""
        ready = self.system.ready_check(program)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_RETURN_SECONDS):
                while self.system.running_process(program) in (killed, None) or not await passes(ready):
                    await asyncio.sleep(0.1)

    async def _end_sessions(self) -> None:
        url = self.system.environment()["GUICHET_DATABASE_URL"]
        begin = now()
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
            connection = await asyncpg.connect(f"{url}/postgres", timeout=5)
            try:
                await connection.execute(END_SESSIONS, timeout=5)
            finally:
                connection.terminate()
            self.journal.faulted(Fault("end sessions", "postgres", begin, now()))

    async def _misbehave(self, answer: str) -> None:
        begin = now()
        times, seconds = self.random.randint(3, 20), self.random.uniform(1, 12)
        if await self._set_relay(to="*", answer=answer, times=times, seconds=seconds):
            self.journal.faulted(Fault(f"relay {answer}", "mailbox", begin, now(), times))

    async def _set_relay(self, **switch: object) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            answer = await self.http.put(f"{self.system.mailbox_url}/api/faults", json=switch)
            return answer.is_success
        return False


async def passes(ready: Ready) -> bool:
    try:
        async with asyncio.timeout(3):
            await ready()
    except Exception:  # whatever it raises, it is not ready
        return False
    return True
