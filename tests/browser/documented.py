"""`python -m tests.browser.documented`: takes the pictures of `docs/screens/`, one of the Temporal UI."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, expect

from tests.browser.chromium import MISSING, chromium_program, running_chromium
from tests.browser.company_scenes import MESSAGE, administered, until_told
from tests.browser.scenes import SCENES
from tests.browser.stage import SESSION_COOKIE, Scene, Stage, running_stage
from tests.browser.visitor import DESK, PHONE, Sight, visiting
from tests.system.running import ROOT
from workflows.access_request.messages import workflow_id

PICTURES = ROOT / "docs" / "screens"
SHOWN = {
    "sign-in": Sight(),
    "companies-many": Sight(),
    "request-waiting": Sight(),
    "request-escalated": Sight(dark=True),
    "decide": Sight(width=PHONE),
    "company-tools": Sight("en"),
}


async def photograph_request(stage: Stage, browser: Browser) -> None:
    """Shows one access request twice: to its administrator, and to ops in the Temporal UI."""
    company, claire = await administered(stage)
    bruno, chloe = await stage.person("Bruno Petit"), await stage.person("Chloé O’Brien")
    await chloe.submits(company)
    id_ = await bruno.submits(company, MESSAGE)
    await until_told(stage, id_)
    async with visiting(browser, stage.system.url, Sight()) as visitor:
        await visitor.page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": claire.token, "url": stage.system.url}]
        )
        await visitor.open(f"/entreprises/{company.siren}/utilisateurs")
        await visitor.page.screenshot(path=PICTURES / "manage-users.png")
    temporal = f"http://127.0.0.1:{stage.system.settings['GUICHET_TEMPORAL_UI_PORT']}"
    context = await browser.new_context(viewport=Sight().viewport)
    page = await context.new_page()
    await page.goto(f"{temporal}/namespaces/default/workflows?query=GuichetSiren%3D%22{company.siren}%22")
    await page.get_by_role("link", name=workflow_id(company.siren, id_)).first.click()
    await expect(page.get_by_text("Running").first).to_be_visible()
    await page.get_by_role("tab", name="User Metadata").click()
    told = page.frame_locator("iframe").last.get_by_text("Waiting for an administrator")
    await expect(told).to_be_visible()
    await page.screenshot(path=PICTURES / "temporal-ui.png")
    await context.close()


async def photograph_scene(stage: Stage, scene: Scene, sight: Sight) -> None:
    async with stage.showing(scene, sight) as visitor:
        await visitor.page.screenshot(path=PICTURES / f"{scene.name}.png", full_page=sight.width == DESK)


async def main() -> None:
    program = chromium_program()
    if program is None:
        raise SystemExit(MISSING)
    scenes = {scene.name: scene for scene in SCENES}
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as state:
        async with (
            running_chromium(program) as browser,
            running_stage(Path(state) / "state", browser) as stage,
        ):
            await photograph_request(stage, browser)
            for name, sight in SHOWN.items():
                await photograph_scene(stage, scenes[name], sight)


if __name__ == "__main__":
    asyncio.run(main())
