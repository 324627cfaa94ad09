"""Scenes of whoever has passkeys, and of whoever wants one where there is no script."""

from dataclasses import replace

from playwright.async_api import Page, expect

from tests.browser.account_scenes import NEW_PASSKEY, adding_passkey, reach_second_step, someone
from tests.browser.authenticator import authenticator
from tests.browser.gestures import sends
from tests.browser.stage import Cast, Scene, Stage
from tests.browser.visitor import Language, Sight
from tests.system.people import PASSWORD

LIST = "/compte/second-facteur"
PASSKEY = "/compte/second-facteur/cles/{passkey}"
NAMES = {"fr": ("Ordinateur du bureau", "Téléphone"), "en": ("Office computer", "Telephone")}


async def with_passkeys(stage: Stage, language: Language) -> Cast:
    """Someone with two passkeys, of which one is of another device."""
    person = await stage.person("Claire Morel", language)
    for name in NAMES[language]:
        async with stage.visiting(Sight(language)) as visitor, authenticator(visitor.page):
            await stage.sign_in(visitor, person)
            page = visitor.page
            await visitor.open(NEW_PASSKEY)
            await sends(NEW_PASSKEY, password=PASSWORD)(page, Cast())
            await page.fill("#name", name)
            await page.click(f'main form[action="{NEW_PASSKEY}/creation"] button:not([type=button])')
            await expect(page.locator("form [name=credential]")).to_have_count(0)
            await visitor.open(LIST)
            href = await page.locator("article a").first.get_attribute("href")
    assert href is not None
    return Cast(person, {"passkey": href.rpartition("/")[2], "email": person.email})


async def signed_out(stage: Stage, language: Language) -> Cast:
    """The address of someone with passkeys, seen by nobody in particular."""
    return replace(await with_passkeys(stage, language), person=None)


async def refuse_the_browser(page: Page, cast: Cast) -> None:
    """The browser has no passkey of this account."""
    await reach_second_step(page, cast)
    await page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }")
    await page.click("form[data-passkey] button")
    await expect(page.locator("[data-passkey-refused]")).to_be_focused()


SCENES = [
    Scene("second-factor-passkeys", LIST, with_passkeys),
    Scene("second-factor-passkeys-one", PASSKEY, with_passkeys),
    Scene(
        "second-factor-passkeys-renaming-refused", PASSKEY, with_passkeys, sends(PASSKEY, name="<Ordinateur>")
    ),
    Scene(
        "second-factor-passkeys-removal-refused",
        PASSKEY,
        with_passkeys,
        sends(f"{PASSKEY}/retrait", password="pas le bon"),
    ),
    Scene("second-factor-no-script", NEW_PASSKEY, someone, script=False),
    Scene("second-factor-no-script-begun", NEW_PASSKEY, adding_passkey, script=False),
    Scene("second-step-passkey", "/connexion", signed_out, reach_second_step),
    Scene("second-step-passkey-refused", "/connexion", signed_out, refuse_the_browser),
    Scene("second-step-passkey-no-script", "/connexion", signed_out, reach_second_step, script=False),
]
