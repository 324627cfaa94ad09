"""Scenes of what does not work: limits, parts that are away, access and sessions that are over."""

from playwright.async_api import Page

from deploy.local.program import free_ports
from tests.browser.company_scenes import administered, approved, newcomer, rejected, wrong_code
from tests.browser.manage_scenes import plain_member
from tests.browser.stage import SESSION_COOKIE, Cast, Scene, Stage
from tests.browser.visitor import Language

HOME = "/entreprises/{siren}"


async def without_companies(stage: Stage, language: Language) -> Cast:
    """A gateway that does not reach the company service."""
    url = await stage.gateway(GUICHET_COMPANY_PORT=str(free_ports(1)[0]))
    return Cast(await stage.person("Claire Morel", language), {"gateway": url})


async def without_anything(stage: Stage, language: Language) -> Cast:
    """A gateway that reaches no service at all."""
    ports = free_ports(2)
    url = await stage.gateway(GUICHET_COMPANY_PORT=str(ports[0]), GUICHET_IDENTITY_PORT=str(ports[1]))
    return Cast(await stage.person("Claire Morel", language), {"gateway": url})


async def with_a_bug(stage: Stage, language: Language) -> Cast:
    """A gateway that asks another service for what the company service knows."""
    url = await stage.gateway(GUICHET_COMPANY_PORT=stage.system.settings["GUICHET_NOTIFICATION_PORT"])
    return Cast(await stage.person("Claire Morel", language), {"gateway": url})


async def guessing(stage: Stage, language: Language) -> Cast:
    """Someone who has tried too many member codes."""
    cast = await newcomer(stage, language)
    assert cast.person is not None
    claim = {"siren": cast.names["siren"], "member_code": "PAS-LE-BON"}
    for _ in range(100):
        answer = await cast.person.call("POST", "/access-requests", claim)
        if answer.status_code == 429:
            return cast
    raise AssertionError("member codes may be guessed without limit")


async def suspended(stage: Stage, language: Language) -> Cast:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    entering = await bruno.submits(company)
    assert (await claire.decides(entering, "approve")).status_code == 200
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("PATCH", path, {"state": "suspended"})).status_code == 200
    return Cast(bruno, {"siren": company.siren, "id": entering})


async def removed(stage: Stage, language: Language) -> Cast:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    entering = await bruno.submits(company)
    assert (await claire.decides(entering, "approve")).status_code == 200
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("DELETE", path)).status_code == 204
    return Cast(bruno, {"siren": company.siren, "id": entering})


async def administered_before(stage: Stage, language: Language) -> Cast:
    """Who was mailed about an access request as an administrator, and was removed since."""
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    entering = await bruno.submits(company)
    answer = await claire.decides(entering, "approve", role="administrator")
    assert answer.status_code == 200
    asked = await (await stage.person("Chloé O'Brien")).submits(company)
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("DELETE", path)).status_code == 204
    return Cast(bruno, {"siren": company.siren, "id": asked})


async def stranger(stage: Stage, language: Language) -> Cast:
    return Cast(None, (await approved(stage, language)).names)


async def come_back_later(page: Page, cast: Cast) -> None:
    """Opens a page once the session has been closed elsewhere."""
    origin = "/".join(page.url.split("/")[:3])
    await page.context.add_cookies([{"name": SESSION_COOKIE, "value": "closed-elsewhere", "url": origin}])
    await page.goto(f"{origin}/compte")


SCENES = [
    Scene("sign-in-again", "/accessibilite", do=come_back_later),
    Scene("sign-in-from-mail", "/demandes/{id}", stranger),
    Scene("companies-refused", "/entreprises", rejected),
    Scene("companies-suspended", "/entreprises", suspended),
    Scene("companies-removed", "/entreprises", removed),
    Scene("company-home-suspended", HOME, suspended, status=409),
    Scene("company-home-removed", HOME, removed, status=403),
    Scene("request-approved-suspended", "/demandes/{id}", suspended),
    Scene("request-approved-over", "/demandes/{id}", removed),
    Scene("decision-removed", "/demandes/{id}", administered_before, status=403),
    Scene("claim-limit", "/entreprises/ajouter", guessing, wrong_code),
    Scene("problem-forbidden", f"{HOME}/bienvenue", plain_member, status=403),
    Scene("problem-not-found", "/rien", status=404),
    Scene("problem-not-found-signed-in", "/rien", newcomer, status=404),
    Scene("problem-bug", "{gateway}/entreprises", with_a_bug, status=500),
    Scene("problem-away", "{gateway}/entreprises", without_companies, status=503),
    Scene("problem-all-away", "{gateway}/entreprises", without_anything, status=503),
]
