"""The benchmark's own arithmetic: percentiles, spread, rates, ratios."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The median of several repetitions, the lowest and the highest."""

    median: float
    lowest: float
    highest: float
    count: int


def spread(values: Iterable[float]) -> Spread:
    """Sums up repetitions. None at all: ValueError."""
    known = sorted(values)
    if not known:
        raise ValueError("nothing was measured")
    return Spread(statistics.median(known), known[0], known[-1], len(known))


def percentile(values: Iterable[float], percent: float) -> float:
    """Returns the smallest value that at least so many percent do not exceed (nearest rank).

    Nothing measured, or no percentage: ValueError.
    """
    known = sorted(values)
    if not known or not 0 < percent <= 100:
        raise ValueError("a percentile needs values, and a share of them")
    return known[math.ceil(len(known) * percent / 100) - 1]


def ratios(shares: Sequence[float], wholes: Sequence[float]) -> list[float]:
    """Returns one ratio for each repetition; the two were measured in turns. Other lengths: ValueError.

    A repetition in which the whole was nothing has no ratio, and is left out.
    """
    return [share / whole for share, whole in zip(shares, wholes, strict=True) if whole]


def each(spent: Mapping[str, float], done: int) -> dict[str, float]:
    """Returns what one of so many cost. None done: nothing can be said, and the answer is empty."""
    return {name: value / done for name, value in spent.items()} if done else {}
