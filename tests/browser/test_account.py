"""« Mon compte » in a browser: what is changed there, the second factor, and passkeys by script."""

import re

import pyotp
from playwright.async_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.authenticator import authenticator
from tests.browser.conftest import Visit
from tests.browser.stage import SESSION_COOKIE, Stage
from tests.browser.visitor import PHONE, Sight, Visitor
from tests.system.people import PASSWORD, Person

NEW_PASSWORD = "girafe ordinaire parapluie 7"
SECOND_FACTOR = "/compte/second-facteur"


async def signed_in(visit: Visit, stage: Stage, person: Person, sight: Sight | None = None) -> Visitor:
    visitor = await visit(sight)
    cookie = {"name": SESSION_COOKIE, "value": person.token, "url": stage.system.url}
    await visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict
    return visitor


async def sign_in(visitor: Visitor, person: Person, password: str = PASSWORD) -> None:
    await visitor.open("/connexion")
    await visitor.page.fill("#email", person.email)
    await visitor.page.fill("#password", password)
    await press(visitor.page, "/connexion")


async def press(page: Page, action: str) -> None:
    """Presses the button of the form that goes to a path."""
    async with page.expect_navigation():
        await page.click(f'main form[action="{action}"] button:not([type=button])')


async def sign_out(page: Page) -> None:
    await page.context.clear_cookies(name=SESSION_COOKIE)


async def test_a_passkey_is_added_named_used_and_removed(visit: Visit, stage: Stage) -> None:
    person = await stage.person("Claire Morel")
    visitor = await signed_in(visit, stage, person)
    page = visitor.page
    async with authenticator(page):
        await visitor.open(f"{SECOND_FACTOR}/cle")
        await page.fill("#password", PASSWORD)
        await press(page, f"{SECOND_FACTOR}/cle")
        await page.fill("#name", "Ordinateur du bureau")
        await press(page, f"{SECOND_FACTOR}/cle/creation")
        await expect(page.locator(".keep li")).to_have_count(10)

        await sign_out(page)
        await sign_in(visitor, person)
        assert page.url.endswith("/connexion/second-facteur")
        await assert_accessible(page)
        await press(page, "/connexion/second-facteur")
        await expect(page).to_have_url(re.compile("/entreprises"))

        await visitor.open(SECOND_FACTOR)
        await expect(page.locator("article")).to_contain_text("Dernière utilisation")
        await page.click("article a")
        await assert_accessible(page)
        await page.fill("#name", "Portable")
        await page.click("main form >> nth=0 >> button")
        await expect(page.locator("h3")).to_have_text("Portable")
        await page.click("article a")
        await page.fill("#password", PASSWORD)
        await page.click("form[action$=retrait] button:not([type=button])")
        await expect(page.locator("[role=status]")).to_contain_text("retirée")
        await sign_out(page)
        await sign_in(visitor, person)
        await expect(page).to_have_url(re.compile("/entreprises"))


async def test_a_passkey_that_is_not_there_is_said_on_the_page(visit: Visit, stage: Stage) -> None:
    person = await stage.person("Claire Morel")
    visitor = await signed_in(visit, stage, person)
    page = visitor.page
    await visitor.open(f"{SECOND_FACTOR}/cle")
    await page.fill("#password", PASSWORD)
    await press(page, f"{SECOND_FACTOR}/cle")
    await page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new Error('no')); }")
    await page.fill("#name", "Ordinateur")
    await page.click("main form button:not([type=button])")
    await expect(page.locator("[data-passkey-refused]")).to_be_focused()
    await assert_accessible(page)


async def test_an_application_is_set_up_and_asked_for_without_script(visit: Visit, stage: Stage) -> None:
    person = await stage.person("Bruno Petit", "en")
    visitor = await signed_in(visit, stage, person, Sight("en", PHONE, script=False))
    page = visitor.page
    path = f"{SECOND_FACTOR}/application"
    await visitor.open(path)
    await page.fill("#password", "not my password")
    await press(page, path)
    await expect(page.locator("#password-error")).to_be_visible()
    await page.fill("#password", PASSWORD)
    await press(page, path)
    await page.fill("#code", "000000")
    await press(page, f"{path}/code")
    await expect(page.locator("#code-error")).to_be_visible()
    secret = "".join((await page.locator(".secret").inner_text()).split())
    await page.fill("#code", pyotp.TOTP(secret).now())
    await press(page, f"{path}/code")
    codes = await page.locator(".keep code").all_inner_texts()
    assert len(codes) == 10
    await press(page, f"{SECOND_FACTOR}/codes/nouveaux")
    await expect(page.locator(".keep")).to_have_count(0)
    # Whoever comes to this screen next finds them neither by going back nor by loading again.
    await page.go_back()
    await expect(page).to_have_url(re.compile(f"{SECOND_FACTOR}/codes$"))
    await page.reload()
    await expect(page.locator(".keep")).to_have_count(0)

    await sign_out(page)
    await visitor.open("/compte/sessions")
    await page.fill("#email", person.email)
    await page.fill("#password", PASSWORD)
    await press(page, "/connexion")
    await page.fill("#totp_code", pyotp.TOTP(secret).now())
    await page.click("form:has(#totp_code) button")
    # The code of the set-up has been used by it.
    await expect(page.locator("#totp_code-error")).to_be_visible()
    await page.click("summary")
    await page.fill("#recovery_code", codes[0].upper())
    await page.click("form:has(#recovery_code) button")
    await expect(page).to_have_url(re.compile("/compte/sessions$"))
    await expect(page.locator("article")).to_have_count(2)
    await visitor.open(f"{SECOND_FACTOR}/cle")
    await expect(page.locator(".note--wait")).to_contain_text("JavaScript")
    await expect(page.locator("#password")).to_be_hidden()


async def test_a_challenge_that_is_gone_leads_back_to_sign_in(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open("/connexion/second-facteur?next=/compte")
    assert visitor.page.url.endswith("/connexion?next=%2Fcompte")
    await expect(visitor.page.locator("[role=status]")).to_contain_text("trop attendu")


async def test_a_changed_password_keeps_this_browser_signed_in_and_no_other(
    visit: Visit, stage: Stage
) -> None:
    person = await stage.person("Claire Morel")
    here, elsewhere = await signed_in(visit, stage, person), await visit()
    await sign_in(elsewhere, person)
    page = here.page
    await here.open("/compte/mot-de-passe")
    await page.fill("#current_password", PASSWORD)
    await page.fill("#new_password", NEW_PASSWORD)
    await press(page, "/compte/mot-de-passe")
    await expect(page.locator("[role=status]")).to_contain_text("mot de passe est changé")
    await elsewhere.open("/compte")
    assert "/connexion" in elsewhere.page.url
    await sign_in(elsewhere, person, NEW_PASSWORD)

    await here.open("/compte/sessions")
    await expect(page.locator("article")).to_have_count(2)
    await press(page, "/compte/sessions/fermer-les-autres")
    await expect(page.locator("article")).to_have_count(1)
    await elsewhere.open("/compte")
    assert "/connexion" in elsewhere.page.url


async def test_name_and_language_are_saved_and_speak_at_once(visit: Visit, stage: Stage) -> None:
    person = await stage.person("Claire Morel")
    visitor = await signed_in(visit, stage, person)
    page = visitor.page
    await visitor.open("/compte")
    await page.fill("#full_name", "Claire O'Brien")
    await page.select_option("#locale", "en")
    await press(page, "/compte")
    assert await page.get_attribute("html", "lang") == "en"
    await expect(page.locator("[role=status]")).to_contain_text("saved")
    await expect(page.locator("header details").last).to_contain_text("Claire O'Brien")
