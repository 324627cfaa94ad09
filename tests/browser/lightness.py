"""What a page costs whoever opens it for the first time: bytes over the wire, and things that move."""

from playwright.async_api import Page

from tests.browser.visitor import Visitor

LARGEST_PAGE_BYTES = 30_000
COUNTED = ("document", "stylesheet", "script")
SHIFTED = """() => new Promise((tell) => {
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
  const moved = ({ node, previousRect, currentRect }) =>
    `${place(previousRect)} to ${place(currentRect)}: ${node?.outerHTML?.slice(0, 120) ?? node?.textContent}`;
  const unasked = (list) => list.getEntries().filter((one) => !one.hadRecentInput);
  new PerformanceObserver((list) => tell(unasked(list).flatMap((one) => one.sources.map(moved))))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => tell([]), 50);
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
    """Raises AssertionError that names what moved after it was painted, where nobody had asked for it."""
    moved = await page.evaluate(SHIFTED)
    assert not moved, f"{page.url}\n" + "\n".join(moved)
