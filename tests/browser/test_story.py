"""The whole story as its sheet tells it, by two people in two browsers who know but what they read."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.hands import Hands, Keyboard, Pointer
from tests.browser.stage import Stage
from tests.browser.visitor import DESK, PHONE, Sight, Visitor
from tests.system.companies import Company
from tests.system.people import PASSWORD, Json, Person

WAYS = {
    "desk": (Sight(width=DESK), Pointer),
    "phone-without-script": (Sight(width=PHONE, dark=True, script=False), Pointer),
    "keyboard": (Sight(width=DESK), Keyboard),
}
TOOLS = ("Vos contributions", "Web services Entreprises", "Mémo", "Ged")


@dataclass
class Character:
    """Somebody at a browser."""

    person: Person
    visitor: Visitor
    hands: Pointer

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def mail(self, kind: str) -> Json:
        return await self.person.mailbox.message(to=self.person.email, kind=kind)

    async def reads(self, heading: str) -> None:
        """Waits for a heading of the page."""
        await expect(self.page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()

    async def signs_up(self) -> None:
        await self.visitor.open("/")
        await self.reads("Se connecter")
        await self.hands.press("link", "Se créer un compte")
        await self.hands.fill("Prénom et nom", self.person.name)
        await self.hands.fill("Adresse e\u2011mail professionnelle", self.person.email)
        await self.hands.fill("Mot de passe", PASSWORD)
        await self.hands.press("button", "Créer mon compte")
        await self.reads("Vérifier votre adresse")

    async def verifies_by_link(self) -> None:
        [link] = [one for one in (await self.mail("account_verification"))["links"] if "token=" in one]
        await self.visitor.open(link)
        await self.hands.press("button", "Vérifier mon adresse")
        await self.reads("Se connecter")

    async def verifies_by_code(self) -> None:
        found = re.search(r"\d{4}\s\d{4}", (await self.mail("account_verification"))["text"])
        assert found
        await self.hands.fill("Code reçu par e\u2011mail", found.group())
        await self.hands.press("button", "Vérifier mon adresse")
        await self.reads("Se connecter")

    async def signs_in(self) -> None:
        await self.hands.fill("Adresse e\u2011mail", self.person.email)
        await self.hands.fill("Mot de passe", PASSWORD)
        await self.hands.press("button", "Se connecter")

    async def signs_out(self) -> None:
        await self.hands.unfold(self.person.name)
        await self.hands.press("button", "Se déconnecter")
        await self.reads("Se connecter")

    async def names(self, company: Company) -> None:
        await self.reads("Mes entreprises")
        await self.hands.press("link", "Ajouter une entreprise")
        await self.hands.fill("Siren", company.siren)
        await self.hands.fill("Code adhérent", company.member_code.lower())
        await self.hands.press("button", "Continuer")
        await self.reads(company.name)


async def character(stage: Stage, visit: Visit, name: str, sight: Sight, hands: Hands) -> Character:
    visitor = await visit(sight)
    return Character(stage.stranger(name), visitor, hands(visitor.page))


@pytest.mark.parametrize(("sight", "hands"), WAYS.values(), ids=WAYS)
async def test_a_company_opens_its_own_door(stage: Stage, visit: Visit, sight: Sight, hands: Hands) -> None:
    company = stage.company()
    claire = await character(stage, visit, "Claire Morel", sight, hands)
    bruno = await character(stage, visit, "Bruno Petit", sight, hands)

    await claire.signs_up()
    await claire.verifies_by_link()
    await claire.signs_in()
    await claire.names(company)
    await claire.hands.press("button", "Ajouter cette entreprise")
    await claire.reads("Vous êtes administrateur")
    await claire.signs_out()

    await bruno.signs_up()
    await bruno.verifies_by_code()
    await bruno.signs_in()
    await bruno.names(company)
    await bruno.hands.press("button", "Envoyer ma demande")
    await bruno.reads("Ma demande d’accès")
    await expect(bruno.page.get_by_role("button", name="Relancer ma demande")).to_be_disabled()

    # The mail's link leads through signing in to the access request.
    asked = await claire.mail("access_request_received")
    [link] = [one for one in asked["links"] if "/demandes/" in one]
    await claire.visitor.open(link)
    await claire.signs_in()
    await claire.reads("Bruno Petit demande l’accès")
    await claire.hands.press("button", "Autoriser")
    await expect(claire.page.get_by_text("Autorisée par Claire Morel").first).to_be_visible()

    # With script the waiting page opens by itself.
    if not sight.script:
        await bruno.page.reload()
    await bruno.reads("Vous pouvez accéder au portail !")
    await bruno.hands.press("link", "Accéder au portail")
    await bruno.reads("Bonjour Bruno")
    await bruno.hands.press("link", "Liste des outils")
    for tool in TOOLS:
        await expect(bruno.page.get_by_role("heading", name=tool)).to_be_visible()

    await claire.visitor.open("/")
    await claire.hands.press("link", "Gérer les utilisateurs")
    await claire.hands.press("link", "Membres")
    await expect(claire.page.get_by_text(bruno.person.email)).to_be_visible()
