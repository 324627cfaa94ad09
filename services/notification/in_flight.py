"""Deliveries that run to their end, one at a time for an event, whoever stopped waiting for them.

A caller that goes away in the middle of a send must not leave a mail sent and not marked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog

log = structlog.get_logger()

Result = TypeVar("Result")


class InFlight:
    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, event_id: str, deliver: Callable[[], Awaitable[Result]]) -> Result:
        """Runs a delivery after those of the same event, and goes on with it if we are cancelled."""

        async def in_turn() -> Result:
            async with self._locks.setdefault(event_id, asyncio.Lock()):
                return await deliver()

        task = asyncio.create_task(in_turn())
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        # Read here too, for a caller that has gone does not read it.
        if not task.cancelled() and task.exception() is not None:
            log.warning("delivery.broken", error=type(task.exception()).__name__)

    async def finish(self, *, seconds: float) -> None:
        """Returns when nothing is running any more, or after so many seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
