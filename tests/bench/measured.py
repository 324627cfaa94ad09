"""One window of load, and what every process spent while it was open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.figures import each, percentile
from tests.bench.loops import Run
from tests.bench.processes import Spent, spent
from tests.bench.talking import Driven


@dataclass(frozen=True)
class Window:
    """`spent` and `others` are CPU milliseconds of the processes by name, and of anything else."""

    name: str
    run: Run
    spent: Mapping[str, float]
    others: float

    @property
    def cost(self) -> dict[str, float]:
        """CPU milliseconds for each lifecycle that was completed, by process."""
        return each(self.spent, len(self.run.completed))

    def share(self, process: str) -> float:
        """Returns how much of one core a process took."""
        return self.spent[process] / 1000 / self.run.seconds

    @property
    def others_share(self) -> float:
        """How much of one core was taken by what is not ours."""
        return self.others / 1000 / self.run.seconds

    def latency(self, percent: float) -> float:
        """Returns a percentile of the milliseconds from the (planned) start to the end."""
        return percentile((one.milliseconds for one in self.run.planned), percent)

    def stage(self, name: str, percent: float) -> float:
        return percentile((one.stages[name] for one in self.run.planned), percent)

    def written(self) -> dict[str, Any]:
        return {"name": self.name, "spent": self.spent, "others": self.others, "run": self.run.written()}

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Window":
        return cls(written["name"], Run.read(written["run"]), written["spent"], written["others"])


async def measured(
    driver: Driven, call: str, name: str, process_ids: Mapping[str, int], **arguments: float
) -> Window:
    """Has one run done, and reads the processes' clocks when its window opens and when it closes."""
    clocks: list[Spent] = []
    answer = await driver.call(call, mark=lambda moment: clocks.append(spent(process_ids)), **arguments)
    opened, closed = clocks
    return Window(name, Run.read(answer), closed.since(opened), closed.others_since(opened))
