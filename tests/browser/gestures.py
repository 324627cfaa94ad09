"""What people do on a page, up to what is to be seen: each returns a scene's `do`."""

from playwright.async_api import Locator, Page

from tests.browser.stage import Cast, Doing


def sends(action: str, **fields: str) -> Doing:
    """Fills the form that goes to a path, presses its button, and waits for the answer.

    The browser's own checks are set aside: it is the portal's answer that is to be seen.
    """

    async def do(page: Page, cast: Cast) -> None:
        form = page.locator(f'main form[action="{action.format_map(cast.names)}"]').first
        await form.evaluate("(form) => { form.noValidate = true }")
        for name, value in fields.items():
            await give(form.locator(f'[name="{name}"]').first, value)
        async with page.expect_navigation():
            await form.locator("button:not([type=button])").first.click()

    return do


async def give(field: Locator, value: str) -> None:
    kind = await field.evaluate("(one) => one.type")
    if kind in ("checkbox", "radio"):
        await field.check()
    elif kind.startswith("select"):
        await field.select_option(value)
    else:
        await field.fill(value)
