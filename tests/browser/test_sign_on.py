"""Signing on in a real browser, where the content policy decides which forms may lead where."""

from playwright.async_api import expect

from tests.browser.company_scenes import administered
from tests.browser.conftest import Visit
from tests.browser.sign_on_scenes import memo_request
from tests.browser.stage import Stage
from tests.browser.visitor import Sight
from tests.system.people import PASSWORD


async def test_the_sign_in_form_leads_to_the_tool_that_asked(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    for script in (True, False):
        visitor = await visit(Sight(script=script))
        page = visitor.page
        await page.goto(f"{stage.system.memo_url}/connexion")
        await page.fill("[name=email]", claire.email)
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form .button--wide")
        await page.wait_for_url(f"{stage.system.memo_url}/**")
        await expect(page.locator("body")).to_contain_text(company.name)


async def test_a_sign_in_that_was_refused_once_still_leads_there(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    page = visitor.page
    await page.goto(f"{stage.system.memo_url}/connexion")
    await page.fill("[name=email]", claire.email)
    for password in ("not the password", PASSWORD):
        await page.fill("[name=password]", password)
        await page.click("main form .button--wide")
    await page.wait_for_url(f"{stage.system.memo_url}/**")
    await expect(page.locator("body")).to_contain_text(company.name)


async def test_consent_and_its_refusal_lead_back_to_the_tool(stage: Stage, visit: Visit) -> None:
    _, claire = await administered(stage)
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    visitor.expected = 400
    for verdict, told in (("allow", "code="), ("deny", "error=access_denied")):
        await visitor.open(f"/oauth2/authorize?{memo_request(stage, prompt='consent')}")
        await visitor.page.click(f"[name=verdict][value={verdict}]")
        await visitor.page.wait_for_url(f"{stage.system.memo_url}/connexion/retour?*{told}*")
