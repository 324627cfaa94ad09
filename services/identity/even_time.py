"""Answers that take as long whether or not an address has an account."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Several times what the longer way takes on an idle machine.
ANSWER_SECONDS = 0.08


@asynccontextmanager
async def even_time(seconds: float = ANSWER_SECONDS) -> AsyncIterator[None]:
    """Makes a block last so long, however it ends; a longer block is not stretched."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(end - loop.time())
