"""What a path is: one way in which a workflow can go from its start to its end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from temporalio.client import WorkflowHandle

from tests.histories.stage import Stage

AnyHandle = WorkflowHandle[Any, Any]
Life = Callable[[Stage], Awaitable[AnyHandle]]
CONTINUED_AS_NEW = "continued as new"


@dataclass(frozen=True)
class Path:
    """What a history is called, how it ended, what must be seen in it, and how it is lived.

    `shows` uses the words of `saved.steps_of`. Where it `skips_time`, days pass in a moment.
    """

    name: str
    outcome: str
    shows: tuple[str, ...]
    live: Life
    skips_time: bool


PATHS: dict[str, Path] = {}


def path(outcome: str, *shows: str, skips_time: bool = False) -> Callable[[Life], Life]:
    """Adds a path that is lived by a coroutine function and called like it."""

    def add(live: Life) -> Life:
        name = live.__name__
        PATHS[name] = Path(name, outcome, shows, live, skips_time)
        return live

    return add
