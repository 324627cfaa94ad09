"""Someone at a browser: their language, screen and colours, and all that the browser complained of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize, expect

Language = Literal["fr", "en"]
LOCALES = {"fr": "fr-FR", "en": "en-GB"}
DESK = 1440
PHONE = 360
HEIGHTS = {DESK: 900, PHONE: 800}
# A busy machine is slow, not wrong.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# The console repeats what the answers, which are read here, say better.
REPEATED = "Failed to load resource: "


@dataclass(frozen=True)
class Sight:
    """What a person's browser is set to. `width` is in CSS pixels."""

    language: Language = "fr"
    width: int = DESK
    dark: bool = False
    script: bool = True

    @property
    def viewport(self) -> ViewportSize:
        return {"width": self.width, "height": HEIGHTS[self.width]}

    @property
    def colours(self) -> Literal["light", "dark"]:
        return "dark" if self.dark else "light"

    def __str__(self) -> str:
        return f"{self.language}-{self.colours}-{self.width}{'' if self.script else '-no-script'}"


class Visitor:
    """A fresh browser context and its page. `complaints` are a person's to never see.

    `expected` is the status of a page that is to be seen: not a complaint, even where a part is away.
    """

    def __init__(self, page: Page, url: str, sight: Sight) -> None:
        self.page = page
        self.url = url
        self.sight = sight
        self.complaints: list[str] = []
        self.answers: list[Response] = []
        self.expected = 200
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    async def open(self, path: str) -> int:
        """Goes to a page of the portal, or to an address, and returns its HTTP status.

        `answers` are then those to this page, and to what it loads.
        """
        self.answers.clear()
        answer = await self.page.goto(path if "://" in path else self.url + path)
        assert answer is not None
        return answer.status

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REPEATED):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left takes what it was still listening to with it.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        self.answers.append(response)
        # A page may say no, a stylesheet or a script may not.
        lowest = 500 if response.request.is_navigation_request() else 400
        if response.status >= lowest and response.status != self.expected:
            self.complaints.append(f"{response.request.method} {response.url}: {response.status}")


@asynccontextmanager
async def visiting(browser: Browser, url: str, sight: Sight) -> AsyncIterator[Visitor]:
    """Opens a browser of one's own for the length of a block.

    Raises:
        AssertionError: at the end, with every error of the console, of a script, of the content policy, and
            every request that failed.
    """
    context = await browser.new_context(
        locale=LOCALES[sight.language],
        timezone_id="Europe/Paris",
        viewport=sight.viewport,
        color_scheme=sight.colours,
        java_script_enabled=sight.script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        visitor = Visitor(await context.new_page(), url, sight)
        yield visitor
    finally:
        await context.close()
    assert not visitor.complaints, "\n".join(visitor.complaints)
