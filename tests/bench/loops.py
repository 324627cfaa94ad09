"""How load is put on: so many clients one after the other (closed), or at a fixed rate (open)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Stages = dict[str, float]
Lifecycle = Callable[[], Awaitable[Stages]]
Mark = Callable[[str], None]

LONGEST_LIFECYCLE_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """One lifecycle. Times are seconds since the window opened; `stages` milliseconds; `error` why it failed.

    In an open loop `began` is the planned start, whether or not it could be kept.
    """

    began: float
    ended: float
    stages: Stages = field(default_factory=dict)
    error: str = ""

    @property
    def milliseconds(self) -> float:
        return (self.ended - self.began) * 1000


@dataclass(frozen=True)
class Run:
    """All that was begun in one run: in its window of so many seconds, and in the warm-up before it."""

    seconds: float
    samples: Sequence[Sample]

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Run":
        return cls(written["seconds"], [Sample(**sample) for sample in written["samples"]])

    def written(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "samples": [asdict(sample) for sample in self.samples]}

    @property
    def completed(self) -> list[Sample]:
        """Those that succeeded, and ended while the window was open."""
        return [one for one in self.samples if not one.error and 0 <= one.ended < self.seconds]

    @property
    def planned(self) -> list[Sample]:
        """Those that succeeded, and were to begin while the window was open, however long they took."""
        return [one for one in self.samples if not one.error and 0 <= one.began < self.seconds]

    @property
    def errors(self) -> list[str]:
        """Why lifecycles failed, at any time of the run: none may be left out."""
        return [one.error for one in self.samples if one.error]

    @property
    def rate(self) -> float:
        """Lifecycles completed per second."""
        return len(self.completed) / self.seconds


class _Window:
    def __init__(self, warm_up: float, seconds: float, mark: Mark) -> None:
        self.opens = time.perf_counter() + warm_up
        self.seconds = seconds
        self.samples: list[Sample] = []
        self._mark = mark

    @property
    def now(self) -> float:
        return time.perf_counter() - self.opens

    async def mark(self) -> None:
        await asyncio.sleep(max(0, -self.now))
        self._mark("opened")
        await asyncio.sleep(max(0, self.seconds - self.now))
        self._mark("closed")

    async def take(self, lifecycle: Lifecycle, began: float) -> None:
        stages: Stages = {}
        error = ""
        try:
            async with asyncio.timeout(LONGEST_LIFECYCLE_SECONDS):
                stages = await lifecycle()
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:200]
        self.samples.append(Sample(began, self.now, stages, error))


async def closed_loop(
    lifecycle: Lifecycle, *, clients: int, warm_up: float, seconds: float, mark: Mark
) -> Run:
    """Each client begins its next lifecycle when its last one has ended, until the window closes."""
    window = _Window(warm_up, seconds, mark)

    async def client() -> None:
        while window.now < seconds:
            await window.take(lifecycle, window.now)

    await asyncio.gather(window.mark(), *(client() for _ in range(clients)))
    return Run(seconds, window.samples)


async def open_loop(lifecycle: Lifecycle, *, rate: float, warm_up: float, seconds: float, mark: Mark) -> Run:
    """Begins so many lifecycles a second, whatever became of those before."""
    window = _Window(warm_up, seconds, mark)
    planned = [number / rate - warm_up for number in range(int((warm_up + seconds) * rate))]

    async def at(moment: float) -> None:
        await asyncio.sleep(max(0, moment - window.now))
        await window.take(lifecycle, moment)

    await asyncio.gather(window.mark(), *(at(moment) for moment in planned))
    return Run(seconds, window.samples)
