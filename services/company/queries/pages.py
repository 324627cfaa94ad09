"""Pages by keyset: the key of a row is when it was created, and its id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from services.platform.paging import page_token


class Listed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


Item = TypeVar("Item", bound=Listed)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`next_page_token` is empty on the last page."""

    items: Sequence[Item]
    next_page_token: str


def page_of(items: Sequence[Item], *, size: int, filter_: tuple[str, ...]) -> Page[Item]:
    """Returns the page whose items were read with one more than its size."""
    if len(items) <= size:
        return Page(items, "")
    last = items[size - 1]
    return Page(items[:size], page_token((last.created_at.isoformat(), last.id), filter_=filter_))
