"""How people use a page: by what its controls are called, with a pointer or with the keyboard alone."""

from collections.abc import Callable
from typing import Literal

from playwright.async_api import Locator, Page

Role = Literal["button", "link"]
FURTHEST = 100


class Pointer:
    """Clicks and taps."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def fill(self, label: str, value: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(value)

    async def press(self, role: Role, name: str) -> None:
        await self.page.get_by_role(role, name=name).first.click()

    async def unfold(self, name: str) -> None:
        """Opens a part of the page that folds, named by what its summary begins with."""
        await self.summary(name).click()

    def summary(self, name: str) -> Locator:
        return self.page.locator("summary", has_text=name).first


class Keyboard(Pointer):
    """Tab, Enter and letters: whatever cannot be reached by Tab cannot be used."""

    async def fill(self, label: str, value: str) -> None:
        await self._reach(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.type(value)

    async def press(self, role: Role, name: str) -> None:
        await self._reach(self.page.get_by_role(role, name=name).first)
        await self.page.keyboard.press("Enter")

    async def unfold(self, name: str) -> None:
        await self._reach(self.summary(name))
        await self.page.keyboard.press("Enter")

    async def _reach(self, wanted: Locator) -> None:
        """Presses Tab until a control has the focus. What has it must be seen to have it."""
        await wanted.wait_for()
        for _ in range(FURTHEST):
            if await wanted.evaluate("(one) => one === document.activeElement"):
                outlined = await wanted.evaluate("(one) => getComputedStyle(one).outlineStyle")
                assert outlined != "none", f"the focus does not show on {wanted}"
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {wanted} on {self.page.url}")


Hands = Callable[[Page], Pointer]
