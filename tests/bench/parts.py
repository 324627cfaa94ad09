"""The parts of the benchmark: which they are, how long each takes, and in which order they run."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import at_rest, one_client, rates, settings
from tests.bench.guichet import loaded_system
from tests.bench.talking import Json

PARTS = ("rest", "one", "rates", "settings")


@dataclass(frozen=True)
class Plan:
    """How often and how long. Times are in seconds."""

    starts: int
    settling: float
    batches: int
    rounds: int
    histories: int
    rates: rates.Plan
    settings: settings.Plan


FULL = Plan(
    starts=3, settling=20, batches=3, rounds=60, histories=5, rates=rates.Plan(), settings=settings.Plan()
)
QUICK = Plan(
    starts=1,
    settling=20,
    batches=1,
    rounds=40,
    histories=3,
    rates=rates.Plan(repetitions=1, open=6, open_repetitions=1),
    settings=settings.Plan(repetitions=1, kills=1),
)


async def measured_parts(
    folder: Path, parts: set[str], plan: Plan, say: Callable[[str], None]
) -> AsyncIterator[tuple[str, Json]]:
    """Yields each part's name and what was measured, as soon as it was."""
    if "rest" in parts:
        yield (
            "rest",
            await at_rest.measure(fresh(folder / "rest"), starts=plan.starts, settling=plan.settling),
        )
    if {"one", "rates"} & parts:
        load = fresh(folder / "load")
        async with loaded_system(load) as loaded:
            if "one" in parts:
                waits = await one_client.waits(loaded, batches=plan.batches, rounds=plan.rounds)
                yield "one", {**waits, "histories": await one_client.histories(loaded, count=plan.histories)}
            if "rates" in parts:
                measured = await rates.measure(loaded, load, plan.rates, say)
                yield "rates", {**measured, "memory": at_rest.weighed(loaded.system)}
    if "settings" in parts:
        yield "settings", await settings.measure(fresh(folder / "settings"), plan.settings, say)


def fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder
