"""The browser of this machine, started once for a run."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium was not found: on Debian, apt-get install chromium"


def chromium_program() -> str | None:
    """Returns the path of the browser, or None where there is none: nothing is downloaded."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@asynccontextmanager
async def running_chromium(program: str) -> AsyncIterator[Browser]:
    """Runs a browser for the length of a block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program)
        try:
            yield browser
        finally:
            await browser.close()
