"""Scenes of whoever wants to enter a company: adding it, waiting, and how it ended."""

import asyncio

from playwright.async_api import Page

from tests.browser.stage import Cast, Scene, Stage
from tests.browser.visitor import Language
from tests.system.companies import Company
from tests.system.people import Person

MESSAGE = "Je reprends les déclarations de formation de Claire à partir de lundi."
DUE = "SELECT count(*) FROM notifications WHERE access_request_id = $1 AND state = 'due'"
LONG_AGO = "UPDATE access_requests SET created_at = created_at - interval '2 days' WHERE id = $1"
A_DAY_LATER = "UPDATE reminders SET created_at = created_at - interval '1 day' WHERE access_request_id = $1"
TIME_IS_OVER = (
    "UPDATE access_requests SET created_at = created_at - interval '30 days',"
    " remind_at = remind_at - interval '30 days', escalate_at = escalate_at - interval '30 days',"
    " expire_at = now() - interval '1 second' WHERE id = $1"
)


async def change(stage: Stage, statement: str, *arguments: object) -> None:
    database = await stage.system.database("company")
    try:
        await database.execute(statement, *arguments)
    finally:
        await database.close()


async def until_told(stage: Stage, access_request_id: str) -> None:
    """Returns once no mail about an access request is due."""
    database = await stage.system.database("notification")
    try:
        async with asyncio.timeout(30):
            told = "SELECT count(*) FROM notifications WHERE access_request_id = $1 AND state <> 'due'"
            while not await database.fetchval(told, access_request_id) or await database.fetchval(
                DUE, access_request_id
            ):
                await asyncio.sleep(0.05)
    finally:
        await database.close()


async def administered(stage: Stage, name: str = "Claire Morel") -> tuple[Company, Person]:
    """Returns a company and its administrator."""
    company, claire = stage.company(), await stage.person(name)
    assert (await claire.asks_for(company)).status_code == 201
    return company, claire


async def newcomer(stage: Stage, language: Language) -> Cast:
    """Someone without any company, and one that nobody administers."""
    company = stage.company()
    return Cast(
        await stage.person("Bruno Petit", language),
        {"siren": company.siren, "code": company.member_code},
    )


async def before_administrators(stage: Stage, language: Language) -> Cast:
    company, _ = await administered(stage)
    return Cast(
        await stage.person("Bruno Petit", language),
        {"siren": company.siren, "code": company.member_code},
    )


async def first(stage: Stage, language: Language) -> Cast:
    company, claire = stage.company(), await stage.person("Claire Morel", language)
    assert (await claire.asks_for(company)).status_code == 201
    return Cast(claire, {"siren": company.siren})


async def waiting(stage: Stage, language: Language) -> Cast:
    """A request to three administrators, one of whose mailboxes is gone."""
    company, claire = await administered(stage)
    for name in ("Sofia Durand", "Paul Roy"):
        other = await stage.person(name)
        entering = await other.submits(company)
        assert (await claire.decides(entering, "approve", role="administrator")).status_code == 200
        if name == "Paul Roy":
            await stage.mailbox.message(to=other.email, kind="access_request_approved")
            await stage.refuse_mail(other.email)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company, MESSAGE)
    await until_told(stage, id_)
    return Cast(bruno, {"id": id_, "siren": company.siren, "code": company.member_code})


async def may_remind(stage: Stage, language: Language) -> Cast:
    company, _ = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company)
    await until_told(stage, id_)
    await change(stage, LONG_AGO, id_)
    return Cast(bruno, {"id": id_})


async def reminded(stage: Stage, language: Language) -> Cast:
    cast = await may_remind(stage, language)
    assert cast.person is not None
    answer = await cast.person.call("POST", f"/access-requests/{cast.names['id']}/reminders")
    assert answer.status_code == 202
    return cast


async def exhausted(stage: Stage, language: Language) -> Cast:
    """Whoever has reminded as often as one may."""
    cast = await reminded(stage, language)
    assert cast.person is not None
    for _ in range(20):
        await change(stage, LONG_AGO, cast.names["id"])
        await change(stage, A_DAY_LATER, cast.names["id"])
        answer = await cast.person.call("POST", f"/access-requests/{cast.names['id']}/reminders")
        if answer.json().get("code") == "reminders_exhausted":
            return cast
        assert answer.status_code == 202, answer.text
    raise AssertionError("one may remind without end")


async def escalated(stage: Stage, language: Language) -> Cast:
    """The only administrator's mailbox is gone: the organisation's desk takes over."""
    company, claire = await administered(stage)
    await stage.refuse_mail(claire.email)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company, MESSAGE)
    async with asyncio.timeout(30):
        while not (await bruno.call("GET", f"/access-requests/{id_}")).json()["escalated"]:
            await asyncio.sleep(0.05)
    await until_told(stage, id_)
    return Cast(bruno, {"id": id_})


async def approved(stage: Stage, language: Language) -> Cast:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company, MESSAGE)
    await until_told(stage, id_)
    assert (await claire.decides(id_, "approve")).status_code == 200
    return Cast(bruno, {"id": id_})


async def rejected(stage: Stage, language: Language) -> Cast:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company, MESSAGE)
    await until_told(stage, id_)
    reason = "Nous ne vous connaissons pas encore : passez au secrétariat, bâtiment B."
    assert (await claire.decides(id_, "reject", reason=reason)).status_code == 200
    return Cast(bruno, {"id": id_})


async def expired(stage: Stage, language: Language) -> Cast:
    company, _ = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company, MESSAGE)
    await until_told(stage, id_)
    await change(stage, TIME_IS_OVER, id_)
    # Whoever withdraws it too late brings it to its end.
    assert (await bruno.call("DELETE", f"/access-requests/{id_}")).status_code == 409
    return Cast(bruno, {"id": id_})


async def cancelled(stage: Stage, language: Language) -> Cast:
    company, _ = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    id_ = await bruno.submits(company)
    await until_told(stage, id_)
    assert (await bruno.call("DELETE", f"/access-requests/{id_}")).status_code == 204
    return Cast(bruno, {"id": id_})


async def accountant(stage: Stage, language: Language) -> Cast:
    """Someone with every kind of company: administrator, member, suspended, waiting, refused, expired."""
    person = await stage.person("Odile Lambert", language)
    assert (await person.asks_for(stage.company())).status_code == 201
    for end in ("member", "suspended", "rejected"):
        company, claire = await administered(stage)
        id_ = await person.submits(company)
        if end == "rejected":
            assert (await claire.decides(id_, "reject", reason="Pas encore")).status_code == 200
            continue
        assert (await claire.decides(id_, "approve")).status_code == 200
        if end == "suspended":
            path = f"/companies/{company.siren}/members/{person.id}"
            assert (await claire.call("PATCH", path, {"state": "suspended"})).status_code == 200
    for _ in range(2):
        company, _ = await administered(stage)
        await person.submits(company)
    return Cast(person)


async def fill_in(page: Page, cast: Cast, **changes: str) -> None:
    values = {"siren": cast.names["siren"], "member_code": cast.names["code"], "message": MESSAGE, **changes}
    for name, value in values.items():
        await page.fill(f"#{name}", value)
    await page.click("main form .button:not(.button--link)")
    await page.wait_for_load_state()


async def wrong_pair(page: Page, cast: Cast) -> None:
    await fill_in(page, cast, siren="732 829 320 00074")
    await page.wait_for_selector("[role=alert]")


async def wrong_code(page: Page, cast: Cast) -> None:
    await fill_in(page, cast, member_code="PAS-LE-BON")
    await page.wait_for_selector("[role=alert]")


async def edit_message(page: Page, cast: Cast) -> None:
    await page.click("aside summary")


SCENES = [
    Scene("companies-none", "/entreprises", newcomer),
    Scene("companies-many", "/entreprises", accountant),
    Scene("claim", "/entreprises/ajouter", newcomer),
    Scene("claim-siret", "/entreprises/ajouter", newcomer, wrong_pair),
    Scene("claim-refused", "/entreprises/ajouter", before_administrators, wrong_code),
    Scene("claim-first", "/entreprises/ajouter", newcomer, fill_in),
    Scene("claim-administered", "/entreprises/ajouter", before_administrators, fill_in),
    Scene("claim-pending", "/entreprises/ajouter", waiting, fill_in),
    Scene("claim-again", "/entreprises/ajouter?demande={id}", rejected),
    Scene("welcome", "/entreprises/{siren}/bienvenue", first),
    Scene("request-waiting", "/demandes/{id}", waiting),
    Scene("request-message", "/demandes/{id}", waiting, edit_message),
    Scene("request-may-remind", "/demandes/{id}", may_remind),
    Scene("request-reminded", "/demandes/{id}", reminded),
    Scene("request-reminders-exhausted", "/demandes/{id}", exhausted),
    Scene("request-cancellation", "/demandes/{id}/annulation", waiting),
    Scene("request-escalated", "/demandes/{id}", escalated),
    Scene("request-approved", "/demandes/{id}", approved),
    Scene("request-rejected", "/demandes/{id}", rejected),
    Scene("request-expired", "/demandes/{id}", expired),
    Scene("request-cancelled", "/demandes/{id}", cancelled),
]
