"""Mémo, the demo tool, beside the portal in one browser."""

import httpx
import pytest
from playwright.async_api import expect

from services.gateway.languages import siren
from tests.browser.accessibility import assert_accessible
from tests.browser.company_scenes import administered
from tests.browser.conftest import Visit
from tests.browser.stage import Stage
from tests.browser.visitor import DESK, PHONE, Sight
from tests.system.people import PASSWORD

SIGHTS = [Sight(width=DESK), Sight(language="en", width=PHONE, dark=True)]
OVER = "Votre connexion à Mémo est terminée"
HEADINGS = {"fr": "Vous êtes connecté à Mémo", "en": "You are signed in to Memo"}


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
async def test_a_card_opens_memo_which_knows_the_company_and_shows_it_accessibly(
    stage: Stage, visit: Visit, sight: Sight
) -> None:
    person = await stage.person("Claire Morel", sight.language)
    company = stage.company()
    assert (await person.asks_for(company)).status_code == httpx.codes.CREATED
    visitor = await visit(sight)
    await stage.sign_in(visitor, person)
    page = visitor.page
    await visitor.open(f"/entreprises/{company.siren}/outils")
    await page.get_by_role("link", name="Mémo" if sight.language == "fr" else "Memo", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[sight.language])
    assert page.url == f"{stage.system.memo_url}/"
    for told in (person.name, person.email, company.name, siren(company.siren)):
        await expect(page.get_by_text(told, exact=True)).to_be_visible()
    await assert_accessible(page)


async def test_whoever_is_signed_out_signs_in_at_the_portal_and_comes_back(
    stage: Stage, visit: Visit
) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    page = visitor.page
    await visitor.open(stage.system.memo_url)
    await page.get_by_role("link", name="Se connecter avec Guichet").click()
    await page.get_by_label("Adresse e\u2011mail", exact=True).fill(claire.email)
    await page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Se connecter", exact=True).click()
    await expect(page.get_by_text(company.name, exact=True)).to_be_visible()
    assert page.url == f"{stage.system.memo_url}/"


async def test_another_company_is_chosen_from_memo(stage: Stage, visit: Visit) -> None:
    first, claire = await administered(stage)
    second = stage.company()
    assert (await claire.asks_for(second)).status_code == httpx.codes.CREATED
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    page = visitor.page
    await visitor.open(f"/entreprises/{first.siren}/outils/memo")
    await expect(page.get_by_text(first.name, exact=True)).to_be_visible()
    await page.get_by_role("link", name="Changer d’entreprise").click()
    await page.get_by_role("link", name=second.name).click()
    await expect(page.get_by_text(siren(second.siren), exact=True)).to_be_visible()
    assert page.url == f"{stage.system.memo_url}/"


async def test_a_lost_membership_shows_at_the_next_click(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit")
    entering = await bruno.submits(company)
    assert (await claire.decides(entering, "approve")).status_code == httpx.codes.OK
    visitor = await visit()
    await stage.sign_in(visitor, bruno)
    page = visitor.page
    await visitor.open(f"/entreprises/{company.siren}/outils/memo")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS["fr"])
    gone = await claire.call("DELETE", f"/companies/{company.siren}/members/{bruno.id}")
    assert gone.status_code == httpx.codes.NO_CONTENT
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text(OVER)
    assert company.name not in await page.content()
    await page.get_by_role("link", name="Mes entreprises").click()
    assert page.url == f"{stage.system.url}/entreprises"


async def test_signing_out_of_memo_signs_out_of_the_portal(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    page = visitor.page
    await visitor.open(f"/entreprises/{company.siren}/outils/memo")
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Vous déconnecter ?")
    await page.locator("main").get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("À bientôt")
    assert page.url.startswith(f"{stage.system.memo_url}/au-revoir")
    await visitor.open(stage.system.memo_url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mémo")
    await visitor.open(f"/entreprises/{company.siren}")
    assert "/connexion" in page.url


async def test_whoever_stays_signed_in_at_the_portal_stays_so_in_memo(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    page = visitor.page
    await visitor.open(f"/entreprises/{company.siren}/outils/memo")
    await page.get_by_role("button", name="Se déconnecter").click()
    await page.get_by_role("link", name="Rester connecté").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS["fr"])
    await visitor.open(f"{stage.system.memo_url}/au-revoir?state=of-another")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS["fr"])


async def test_a_change_of_company_that_is_given_up_leads_back_to_memo(stage: Stage, visit: Visit) -> None:
    first, claire = await administered(stage)
    assert (await claire.asks_for(stage.company())).status_code == httpx.codes.CREATED
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    page = visitor.page
    await visitor.open(f"/entreprises/{first.siren}/outils/memo")
    await page.get_by_role("link", name="Changer d’entreprise").click()
    await page.get_by_role("link", name="Retour à Mémo").click()
    await expect(page.get_by_text(first.name, exact=True)).to_be_visible()
    assert page.url == f"{stage.system.memo_url}/"


async def test_signing_out_of_the_portal_signs_out_of_memo(stage: Stage, visit: Visit) -> None:
    company, claire = await administered(stage)
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    page = visitor.page
    await visitor.open(f"/entreprises/{company.siren}/outils/memo")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS["fr"])
    assert (await claire.call("DELETE", "/sessions/current")).status_code == httpx.codes.NO_CONTENT
    await visitor.open(stage.system.memo_url)
    await expect(page.get_by_role("heading", level=1)).to_have_text(OVER)


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
@pytest.mark.parametrize(
    "path", ["/", "/au-revoir", "/connexion?iss=https://evil.example.org", "/connexion/retour?code=a&state=b"]
)
async def test_what_memo_says_to_strangers_is_accessible(
    stage: Stage, visit: Visit, path: str, sight: Sight
) -> None:
    visitor = await visit(sight)
    assert await visitor.open(stage.system.memo_url + path) == (400 if "?" in path else 200)
    await assert_accessible(visitor.page)
