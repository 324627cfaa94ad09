"""The way from authlib's worker thread back to the services."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from anyio import from_thread

from services.gateway.errors import or_none

Request = TypeVar("Request")
Answer = TypeVar("Answer")


def ask(call: Callable[[Request], Awaitable[Answer]], request: Request) -> Answer:
    """Makes a call on the event loop, for the account that this thread acts for."""

    async def asked() -> Answer:
        return await call(request)

    return from_thread.run(asked)


def ask_or_none(call: Callable[[Request], Awaitable[Answer]], request: Request) -> Answer | None:
    """Makes a call as `ask` does, and returns None where there is no such thing."""

    async def asked() -> Answer | None:
        return await or_none(call(request))

    return from_thread.run(asked)
