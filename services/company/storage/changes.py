"""Wakes those who wait for an access request to change, whichever replica changed it.

One connection a process listens to PostgreSQL's NOTIFY. Nothing is told while it is away, so losing and
regaining it wakes everyone: whoever wakes reads again.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

import asyncpg
import structlog

log = structlog.get_logger()

CHANNEL = "access_request_changed"
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
SECONDS_BEFORE_RECONNECTING = 0.2
SECONDS_BETWEEN_PROBES = 5.0


class Watch:
    """One who waits for one access request."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.closing = False

    def wake(self) -> None:
        self._event.set()

    async def changed(self, until: float) -> bool:
        """Waits for a change since the last call, until a time of the event loop's clock.

        Returns False where the time is over, or the process stops.
        """
        try:
            async with asyncio.timeout_at(until):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return not self.closing


class Changes:
    """The registry of those who wait."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._closing = False
        self._listening = False

    @contextlib.contextmanager
    def watch(self, access_request_id: str) -> Iterator[Watch]:
        """Registers one who waits. Register first, then read: no change in between is lost."""
        watch = Watch()
        watch.closing = self._closing
        if self._closing:
            watch.wake()
        watches = self._watches[access_request_id]
        watches.add(watch)
        try:
            yield watch
        finally:
            watches.discard(watch)
            if not watches and self._watches.get(access_request_id) is watches:
                del self._watches[access_request_id]

    def close(self) -> None:
        """Ends every wait, now and from now on."""
        self._closing = True
        for watches in self._watches.values():
            for watch in watches:
                watch.closing = True
        self._wake_all()

    async def listening(self) -> None:
        """Raises where the connection is away."""
        if not self._listening:
            raise ConnectionError("not listening")

    async def run(self) -> None:
        """Listens until it is cancelled, through any number of lost connections."""
        while True:
            try:
                await self._listen()
            except LOST as error:
                log.warning("changes.lost", error=type(error).__name__)
            finally:
                self._listening = False
                self._wake_all()
            await asyncio.sleep(SECONDS_BEFORE_RECONNECTING)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=5)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._listening = True
            self._wake_all()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SECONDS_BETWEEN_PROBES):
                        await lost.wait()
                if not lost.is_set():
                    await connection.execute("SELECT 1")
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _process: int, _channel: str, access_request_id: object) -> None:
        for watch in self._watches.get(str(access_request_id), ()):
            watch.wake()

    def _wake_all(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()
