"""The way into a company in a browser: the page that waits opens by itself, and works without script too."""

from playwright.async_api import Page, expect

from tests.browser.company_scenes import administered, until_told
from tests.browser.conftest import Visit
from tests.browser.stage import SESSION_COOKIE, Stage
from tests.browser.visitor import PHONE, Sight, Visitor
from tests.system.companies import Company
from tests.system.people import Person

WAY_IN = "Vous pouvez accéder au portail !"


async def signed_in(visitor: Visitor, person: Person) -> Page:
    cookie = {"name": SESSION_COOKIE, "value": person.token, "url": visitor.url}
    await visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie by its address
    return visitor.page


async def asks(page: Page, company: Company) -> None:
    """Goes the way of « Ajouter une entreprise », up to the page of the access request."""
    await page.get_by_label("Siren", exact=True).fill(company.siren)
    await page.get_by_label("Code adhérent").fill(company.member_code.lower())
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", name=company.name)).to_be_visible()
    assert company.member_code.lower() not in page.url.lower()
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.get_by_role("heading", name="Ma demande d’accès")).to_be_visible()


async def test_the_page_opens_by_itself_once_an_administrator_approves(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    page = await signed_in(visitor, await stage.person("Bruno Petit"))
    await visitor.open("/entreprises/ajouter")
    await asks(page, company)
    id_ = page.url.rpartition("/")[2]
    assert (await claire.decides(id_, "approve")).status_code == 200
    await expect(page.get_by_role("heading", name=WAY_IN)).to_be_visible()
    await page.get_by_role("link", name="Accéder au portail").click()
    assert page.url == f"{visitor.url}/entreprises/{company.siren}"


async def test_without_script_a_reload_opens_it(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit(Sight(width=PHONE, script=False))
    page = await signed_in(visitor, await stage.person("Bruno Petit"))
    await visitor.open("/entreprises/ajouter")
    await asks(page, company)
    id_ = page.url.rpartition("/")[2]
    await page.get_by_text("Ajouter un message").click()
    await page.get_by_label("Message aux administrateurs").fill("Service RH\nposte 214")
    await page.get_by_role("button", name="Enregistrer le message").click()
    await expect(page.get_by_text("Service RH poste 214").first).to_be_visible()
    await page.get_by_role("link", name="Annuler ma demande").click()
    await page.get_by_role("link", name="Non, la garder").click()
    assert (await claire.decides(id_, "approve")).status_code == 200
    await page.reload()
    await expect(page.get_by_role("heading", name=WAY_IN)).to_be_visible()


async def test_words_that_are_being_typed_outlive_news(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit")
    id_ = await bruno.submits(company)
    await until_told(stage, id_)
    visitor = await visit()
    page = await signed_in(visitor, bruno)
    await visitor.open(f"/demandes/{id_}")
    await page.get_by_text("Ajouter un message").click()
    words = page.get_by_label("Message aux administrateurs")
    await words.fill("Je n’ai pas fini")
    async with page.expect_event("console", lambda message: message.text == "told"):
        # Heard by the page's own stream too, which came first.
        await page.evaluate(
            """([path, words]) => {
              const events = new EventSource(path);
              events.addEventListener('access_request', (event) => {
                if (JSON.parse(event.data).message === words) { events.close(); console.log('told'); }
              });
            }""",
            [f"/api/v1/access-requests/{id_}/events", "D’un autre onglet"],
        )
        changed = await bruno.call("PATCH", f"/access-requests/{id_}", {"message": "D’un autre onglet"})
        assert changed.status_code == 200
    await expect(words).to_have_value("Je n’ai pas fini")
    assert (await claire.decides(id_, "reject", reason="Inconnu")).status_code == 200
    await expect(page.get_by_role("heading", name="Votre demande a été refusée")).to_be_visible()


async def test_a_double_click_asks_once_and_the_keyboard_is_enough(stage: Stage, visit: Visit) -> None:
    company, _ = await administered(stage)
    bruno = await stage.person("Bruno Petit")
    visitor = await visit()
    page = await signed_in(visitor, bruno)
    await visitor.open("/entreprises/ajouter")
    await page.get_by_label("Siren", exact=True).focus()
    await page.keyboard.type("1234")
    await page.keyboard.press("Tab")
    await page.keyboard.type(company.member_code)
    await page.keyboard.press("Enter")
    summary = page.get_by_role("alert")
    await expect(summary).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    siren = page.get_by_label("Siren", exact=True)
    await expect(siren).to_be_focused()
    await siren.fill(company.siren)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Envoyer ma demande").dblclick()
    await expect(page.get_by_role("heading", name="Ma demande d’accès")).to_be_visible()
    mine = (await bruno.call("GET", "/access-requests")).json()["items"]
    assert [one["state"] for one in mine] == ["pending"]
