"""What a page costs whoever opens it for the first time: bytes over the wire, and things that move."""

from playwright.async_api import Page

from tests.browser.visitor import Visitor

LARGEST_PAGE_BYTES = 30_000
COUNTED = ("document", "stylesheet", "script")
SHIFTED = """() => new Promise((tell) => {
  const unasked = (sum, one) => one.hadRecentInput ? sum : sum + one.value;
  new PerformanceObserver((list) => tell(list.getEntries().reduce(unasked, 0)))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => tell(0), 50);
})"""


async def assert_light(visitor: Visitor) -> None:
    """Raises AssertionError where the page that was opened is heavier, compressed, than it may be."""
    sizes = {
        answer.url: (await answer.request.sizes())["responseBodySize"]
        for answer in visitor.answers
        if answer.request.resource_type in COUNTED
    }
    assert sizes
    assert sum(sizes.values()) < LARGEST_PAGE_BYTES, sizes


async def assert_still(page: Page) -> None:
    """Raises AssertionError where something moved after it was painted, and nobody had asked for it."""
    assert await page.evaluate(SHIFTED) == 0
