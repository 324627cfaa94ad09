"""« Gérer les utilisateurs » in browsers: deciding together, and rights that end at the next click."""

from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.manage_scenes import claimed, let_in
from tests.browser.stage import SESSION_COOKIE, Stage
from tests.browser.visitor import PHONE, Sight, Visitor
from tests.system.people import Person


async def at(visitor: Visitor, person: Person, path: str) -> Page:
    """Opens a page as somebody who is signed in."""
    cookie = {"name": SESSION_COOKIE, "value": person.token, "url": visitor.url}
    await visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie by its address
    assert await visitor.open(path) == 200
    return visitor.page


def users_of(siren: str) -> str:
    return f"/entreprises/{siren}/utilisateurs"


async def test_the_second_administrator_reads_who_was_first(stage: Stage, visit: Visit) -> None:
    company, claire = await claimed(stage, "fr")
    sofia = await let_in(stage, company, claire, "Sofia Durand", "administrator")
    bruno = await stage.person("Bruno Petit")
    asked = await bruno.submits(company)
    first = await at(await visit(), claire, users_of(company.siren))
    second = await at(await visit(), sofia, f"/demandes/{asked}")
    await first.get_by_role("button", name="Autoriser Bruno Petit").click()
    await expect(first.get_by_role("status")).to_contain_text("Bruno Petit peut maintenant accéder")
    await second.get_by_text("Refuser…").click()
    await second.get_by_label("Motif du refus").fill("Je ne vous connais pas.")
    await second.get_by_role("button", name="Refuser la demande").click()
    await expect(second.get_by_role("alert")).to_contain_text("Votre décision n’a rien changé")
    await expect(second.get_by_role("heading", name="Déjà autorisée par Claire Morel à")).to_be_visible()
    assert (await bruno.call("GET", "/me")).json()["landing"] == "portal"


async def test_several_are_decided_at_once_without_script_on_a_phone(stage: Stage, visit: Visit) -> None:
    company, claire = await claimed(stage, "fr")
    sofia = await let_in(stage, company, claire, "Sofia Durand", "administrator")
    people = [await stage.person(name) for name in ("Bruno Petit", "Nora Blanc", "Paul Roy")]
    asked = [await person.submits(company) for person in people]
    page = await at(await visit(Sight(width=PHONE, script=False)), claire, users_of(company.siren))
    for person in people:
        await page.get_by_label(f"Sélectionner {person.name}").check()
    assert (await sofia.decides(asked[0], "approve")).status_code == 200
    await page.locator("#selection").get_by_label("Rôle").select_option("Administrateur")
    await page.get_by_role("button", name="Autoriser la sélection").click()
    told = page.get_by_role("alert").get_by_role("listitem")
    await expect(told).to_have_count(3)
    await expect(told.filter(has_text="Bruno Petit")).to_contain_text("déjà autorisée par Sofia Durand à")
    for name in ("Nora Blanc", "Paul Roy"):
        await expect(told.filter(has_text=name)).to_contain_text("accès ouvert")
    roles = [(await person.call("GET", "/me")).json()["memberships"][0]["role"] for person in people]
    assert roles == ["member", "administrator", "administrator"]


async def test_rights_end_at_the_next_click_of_an_open_page(stage: Stage, visit: Visit) -> None:
    company, claire = await claimed(stage, "fr")
    sofia = await let_in(stage, company, claire, "Sofia Durand", "administrator")
    members = f"{users_of(company.siren)}/membres"
    hers, his = await visit(), await visit()
    page = await at(hers, claire, members)
    other = await at(his, sofia, members)
    row = page.get_by_role("article", name="Sofia Durand")
    await row.get_by_text("Modifier…").click()
    await row.get_by_role("button", name="Rendre simple membre").click()
    await expect(page.get_by_role("status")).to_contain_text("Sofia Durand est maintenant simple membre")
    # The page of before still shows its buttons; what they send is refused.
    claires = other.get_by_role("article", name="Claire Morel")
    await claires.get_by_text("Modifier…").click()
    async with other.expect_navigation() as going:
        await claires.get_by_role("button", name="Suspendre l’accès").click()
    assert (await going.value).status == 403
    assert await his.open(f"/entreprises/{company.siren}") == 200
    await row.get_by_text("Modifier…").click()
    await row.get_by_text("Retirer…").click()
    await row.get_by_role("button", name="Retirer Sofia Durand").click()
    await expect(page.get_by_role("status")).to_contain_text("n’a plus accès")
    assert await his.open(f"/entreprises/{company.siren}") == 403
    await expect(his.page.get_by_role("heading", name="Accès terminé")).to_be_visible()


async def test_the_last_administrator_stays_one(stage: Stage, visit: Visit) -> None:
    company, claire = await claimed(stage, "fr")
    sofia = await let_in(stage, company, claire, "Sofia Durand", "administrator")
    members = f"{users_of(company.siren)}/membres"
    visitor = await visit()
    page = await at(visitor, claire, members)
    row = page.get_by_role("article", name="Claire Morel")
    await row.get_by_text("Modifier…").click()
    gone = await sofia.call("DELETE", f"/companies/{company.siren}/members/{sofia.id}")
    assert gone.status_code == 204
    await row.get_by_role("button", name="Rendre simple membre").click()
    await expect(page.get_by_role("alert")).to_contain_text("garde toujours au moins un administrateur")
    await expect(row.get_by_role("button", name="Modifier…")).to_be_disabled()
    await expect(row).to_contain_text("Seul administrateur")
