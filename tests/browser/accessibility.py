"""What every page owes to whoever reads it otherwise: axe's rules, and no sideways scrolling."""

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
WIDER_THAN_THE_SCREEN = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll('*')]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .slice(0, 10).map((one) => one.outerHTML.slice(0, 160));
}"""


async def assert_accessible(page: Page, *, without: Sequence[str] = ()) -> None:
    """Raises AssertionError that names each rule broken and where. The page must run script, for axe does.

    `without` are axe's names of rules that make no sense for what is shown.
    """
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {rule: {"enabled": False} for rule in without},
        # A frame of another origin takes no questions, and complains of them.
        "iframes": False,
        "resultTypes": ["violations"],
    }
    results = await Axe().run(page, options=options)
    broken = [line for one in results.response["violations"] for line in described(one)]
    assert not broken, f"{page.url}\n" + "\n".join(broken)
    wide = await page.evaluate(WIDER_THAN_THE_SCREEN)
    assert not wide, f"{page.url} scrolls sideways:\n" + "\n".join(wide)


def described(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}",
        *(f"  {node['html'][:160]}\n    {node['failureSummary']}" for node in violation["nodes"]),
    ]
