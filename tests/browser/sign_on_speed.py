"""`python -m tests.browser.sign_on_speed`: from the click on a tool's card to its page, in Chromium."""

import asyncio
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.company_scenes import administered
from tests.browser.stage import Stage, running_stage
from tests.browser.visitor import Sight, visiting

WARM_UP = 5
ROUNDS = 40
# Times of two pages are told apart by the clock that both know.
CLICK = "(link) => { const at = performance.timeOrigin + performance.now(); link.click(); return at }"
SHOWN = (
    "async () => { const [one] = performance.getEntriesByType('navigation');"
    " const paint = () => performance.getEntriesByName('first-contentful-paint')[0];"
    " while (!paint() || !one.loadEventEnd) await new Promise(requestAnimationFrame);"
    " return { shown: performance.timeOrigin + paint().startTime,"
    " loaded: performance.timeOrigin + one.loadEventEnd } }"
)


async def opened(stage: Stage, page: Page, siren: str) -> dict[str, float]:
    """Clicks on Mémo's card. Returns the milliseconds up to its first paint, and until it is loaded."""
    await page.goto(f"{stage.system.url}/entreprises/{siren}/outils")
    clicked: float = await page.get_by_role("link", name="Mémo", exact=True).evaluate(CLICK)
    await page.wait_for_url(f"{stage.system.memo_url}/", wait_until="load")
    times: dict[str, float] = await page.evaluate(SHOWN)
    return {name: at - clicked for name, at in times.items()}


async def main() -> None:
    program = chromium_program()
    if program is None:
        raise SystemExit(MISSING)
    with TemporaryDirectory() as state:
        async with (
            running_chromium(program) as browser,
            running_stage(Path(state) / "state", browser) as stage,
            visiting(browser, stage.system.url, Sight()) as visitor,
        ):
            company, claire = await administered(stage)
            await stage.sign_in(visitor, claire)
            rounds = [await opened(stage, visitor.page, company.siren) for _ in range(WARM_UP + ROUNDS)]
    print("| from the click on Mémo's card | p50, ms | p90, ms |\n|---|---|---|")
    for name, what in (("shown", "its page is painted"), ("loaded", "its page is loaded")):
        deciles = statistics.quantiles([one[name] for one in rounds[WARM_UP:]], n=10)
        print(f"| {what} | {deciles[4]:.0f} | {deciles[8]:.0f} |")


if __name__ == "__main__":
    asyncio.run(main())
