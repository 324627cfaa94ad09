"""Scenes of signing on to a tool, and of signing out at its wish. The tool is Mémo, of `make up`."""

from dataclasses import replace
from urllib.parse import urlencode

from tests.browser.account_scenes import reach_second_step, signed_out
from tests.browser.company_scenes import administered
from tests.browser.problem_scenes import suspended
from tests.browser.stage import Cast, Scene, Stage
from tests.browser.visitor import Language
from tests.system.companies import Company
from tests.system.people import Person
from tests.system.relying_party import challenge_of, verifier

AUTHORIZE = "/oauth2/authorize?"


def memo_request(stage: Stage, **changed: str) -> str:
    """Returns the query by which Mémo sends people to sign on."""
    sent = {
        "response_type": "code",
        "client_id": "memo",
        "redirect_uri": f"{stage.system.memo_url}/connexion/retour",
        "scope": "openid profile email company",
        "state": "of-a-scene",
        "code_challenge": challenge_of(verifier()),
        "code_challenge_method": "S256",
        **changed,
    }
    return urlencode(sent)


async def joined(stage: Stage, language: Language) -> tuple[Person, Company]:
    """Returns a member of two companies, who administers one of them, and that one."""
    first, claire = await administered(stage)
    second = stage.company()
    bruno = await stage.person("Bruno Petit", language)
    assert (await bruno.asks_for(second)).status_code == 201
    assert (await claire.decides(await bruno.submits(first), "approve")).status_code == 200
    return bruno, second


async def of_two_companies(stage: Stage, language: Language) -> Cast:
    person, company = await joined(stage, language)
    everything = "openid profile email company offline_access"
    bye = {"client_id": "memo", "post_logout_redirect_uri": f"{stage.system.memo_url}/au-revoir"}
    names = {
        "choose": memo_request(stage),
        "account": memo_request(stage, scope="openid", prompt="select_account"),
        "consent": memo_request(stage, scope=everything, prompt="consent", siren_hint=company.siren),
        "again": memo_request(stage, prompt="login"),
        "wrong": memo_request(stage, redirect_uri="https://elsewhere.example/"),
        "bye": urlencode(bye),
        "wrong_bye": urlencode({**bye, "post_logout_redirect_uri": "https://elsewhere.example/"}),
    }
    return Cast(person, names)


async def of_none(stage: Stage, language: Language) -> Cast:
    return Cast(await stage.person("Nora Blanc", language), {"request": memo_request(stage)})


async def of_one_suspended(stage: Stage, language: Language) -> Cast:
    cast = await suspended(stage, language)
    return Cast(cast.person, {"request": memo_request(stage)})


async def of_one_pending(stage: Stage, language: Language) -> Cast:
    company, _ = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    await bruno.submits(company)
    return Cast(bruno, {"request": memo_request(stage)})


async def of_nobody(stage: Stage, language: Language) -> Cast:
    """Somebody with an application, whom the browser does not know yet."""
    cast = await signed_out(stage, language)
    return replace(cast, names={**cast.names, "request": memo_request(stage)})


SCENES = [
    Scene("sign-on-sign-in", f"{AUTHORIZE}{{request}}", of_nobody),
    Scene("sign-on-second-step", f"{AUTHORIZE}{{request}}", of_nobody, reach_second_step),
    Scene("sign-on-company", f"{AUTHORIZE}{{choose}}", of_two_companies),
    Scene("sign-on-account", f"{AUTHORIZE}{{account}}", of_two_companies),
    Scene("sign-on-consent", f"{AUTHORIZE}{{consent}}", of_two_companies),
    Scene("sign-on-again", f"{AUTHORIZE}{{again}}", of_two_companies),
    Scene("sign-on-no-company", f"{AUTHORIZE}{{request}}", of_none, status=403),
    Scene("sign-on-suspended", f"{AUTHORIZE}{{request}}", of_one_suspended, status=403),
    Scene("sign-on-pending", f"{AUTHORIZE}{{request}}", of_one_pending, status=403),
    Scene("sign-on-error", f"{AUTHORIZE}{{wrong}}", of_two_companies, status=400),
    Scene("sign-out-of-tool", "/oauth2/logout?{bye}", of_two_companies),
    Scene("sign-out-of-tool-error", "/oauth2/logout?{wrong_bye}", of_two_companies, status=400),
]
