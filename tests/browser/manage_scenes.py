"""Scenes of a company's administrators and members: who waits, who has access, its home and its tools."""

from dataclasses import replace
from uuid import uuid4

from playwright.async_api import Page

from tests.browser.company_scenes import LONG_AGO, MESSAGE, TIME_IS_OVER, administered, change, until_told
from tests.browser.gestures import sends
from tests.browser.stage import Cast, Scene, Stage
from tests.browser.visitor import Language
from tests.system.companies import Company
from tests.system.people import Person

USERS = "/entreprises/{siren}/utilisateurs"
REASON = "Nous ne vous connaissons pas encore : passez au secrétariat, bâtiment B."
CLOSED_TOOL = (
    *("--name", "Bordereaux", "--name-en", "Statements", "--icon", "chart", "--role", "administrator"),
    *(
        "--description",
        "Signer et envoyer les bordereaux de l’année.",
        "--url",
        "https://bordereaux.example.org/",
    ),
    *("--description-en", "Sign and send the year’s statements."),
)
DISABLED_TOOL = (
    *("--name", "Archives", "--name-en", "Archives", "--icon", "folder"),
    *("--description", "Les documents des années passées.", "--url", "https://archives.example.org/"),
    *("--description-en", "The documents of past years."),
)
LAST_WEEK = (
    "UPDATE access_requests SET created_at = created_at - interval '6 days',"
    " escalated_at = now() - interval '1 day', escalation_reason = 'no_answer' WHERE id = $1"
)


async def joined(stage: Stage, name: str, email: str, language: Language = "fr") -> Person:
    """Returns somebody with an account at an address of our choice; {} makes it unique."""
    person = replace(stage.stranger(name), email=email.format(uuid4().hex[:6]))
    await person.sign_up(language)
    await person.verify()
    assert (await person.sign_in()).status_code == 201
    return person


async def claimed(stage: Stage, language: Language) -> tuple[Company, Person]:
    company, claire = stage.company(), await stage.person("Claire Morel", language)
    assert (await claire.asks_for(company)).status_code == 201
    return company, claire


async def let_in(stage: Stage, company: Company, by: Person, name: str, role: str = "member") -> Person:
    person = await stage.person(name)
    entering = await person.submits(company)
    assert (await by.decides(entering, "approve", role=role)).status_code == 200
    return person


async def alone(stage: Stage, language: Language) -> Cast:
    """The first of a company, with nobody else in it."""
    company, claire = await claimed(stage, language)
    return Cast(claire, {"siren": company.siren})


async def busy(stage: Stage, language: Language) -> Cast:
    """An administrator whom five people wait for, each in another way."""
    company, claire = await claimed(stage, language)
    bruno = await stage.person("Bruno Petit")
    asked = await bruno.submits(company, MESSAGE)
    await until_told(stage, asked)
    await change(stage, LONG_AGO, asked)
    assert (await bruno.call("POST", f"/access-requests/{asked}/reminders")).status_code == 202
    strangers = {
        "Chloé O'Brien": "chloe.{}@example.org",
        "Jean-Baptiste de La Tour d'Auvergne-Lauraguais": "jb.{}@gmail.com",
        "Надежда Кузнецова": "nаdezhda.{}@example.com",  # a Cyrillic letter, on purpose
    }
    for name, email in strangers.items():
        stranger = await joined(stage, name, email)
        await stranger.submits(company, "Cabinet Leroy, votre expert-comptable." if "org" in email else "")
    late = await stage.person("Paul Roy")
    escalated = await late.submits(company)
    await change(stage, LAST_WEEK, escalated)
    return Cast(claire, {"siren": company.siren, "id": asked, "escalated": escalated})


async def racing(stage: Stage, language: Language) -> Cast:
    """Two administrators and three who wait, one of whom the other administrator is about to decide."""
    company, claire = await claimed(stage, language)
    sofia = await let_in(stage, company, claire, "Sofia Durand", "administrator")
    names = {"siren": company.siren}
    for name in ("Bruno Petit", "Nora Blanc", "Paul Roy"):
        names[name.split(maxsplit=1)[0].lower()] = await (await stage.person(name)).submits(company)
    return Cast(claire, {**names, "sofias_token": sofia.token})


async def about_to_race(stage: Stage, language: Language) -> Cast:
    return await racing(stage, language)


async def stranger_asks(stage: Stage, language: Language) -> Cast:
    company, claire = await claimed(stage, language)
    chloe = await joined(stage, "Chloé O'Brien", "chloe.{}@example.org")
    return Cast(claire, {"siren": company.siren, "id": await chloe.submits(company, MESSAGE)})


async def ended(stage: Stage, language: Language, how: str) -> Cast:
    company, claire = await claimed(stage, language)
    bruno = await stage.person("Bruno Petit")
    asked = await bruno.submits(company, MESSAGE)
    await until_told(stage, asked)
    match how:
        case "approved":
            assert (await claire.decides(asked, "approve", role="administrator")).status_code == 200
        case "rejected":
            assert (await claire.decides(asked, "reject", reason=REASON)).status_code == 200
        case "expired":
            await change(stage, TIME_IS_OVER, asked)
            assert (await bruno.call("DELETE", f"/access-requests/{asked}")).status_code == 409
        case _:
            assert (await bruno.call("DELETE", f"/access-requests/{asked}")).status_code == 204
    return Cast(claire, {"siren": company.siren, "id": asked})


async def approved(stage: Stage, language: Language) -> Cast:
    return await ended(stage, language, "approved")


async def rejected(stage: Stage, language: Language) -> Cast:
    return await ended(stage, language, "rejected")


async def approved_before_others(stage: Stage, language: Language) -> Cast:
    cast = await busy(stage, language)
    assert cast.person is not None
    assert (await cast.person.decides(cast.names["id"], "approve")).status_code == 200
    return cast


async def expired(stage: Stage, language: Language) -> Cast:
    return await ended(stage, language, "expired")


async def cancelled(stage: Stage, language: Language) -> Cast:
    return await ended(stage, language, "cancelled")


async def settled(stage: Stage, language: Language) -> Cast:
    """A company of several: two administrators, a member, a suspended one, and requests that have ended."""
    company, claire = await claimed(stage, language)
    await let_in(stage, company, claire, "Sofia Durand", "administrator")
    await let_in(stage, company, claire, "Bruno Petit")
    paul = await let_in(stage, company, claire, "Paul Roy")
    suspended = await claire.call(
        "PATCH", f"/companies/{company.siren}/members/{paul.id}", {"state": "suspended"}
    )
    assert suspended.status_code == 200
    refused = await (await stage.person("Nora Blanc")).submits(company)
    assert (await claire.decides(refused, "reject", reason=REASON)).status_code == 200
    return Cast(claire, {"siren": company.siren})


async def plain_member(stage: Stage, language: Language) -> Cast:
    company, claire = await administered(stage)
    bruno = await stage.person("Bruno Petit", language)
    entering = await bruno.submits(company)
    assert (await claire.decides(entering, "approve")).status_code == 200
    return Cast(bruno, {"siren": company.siren})


async def beside_a_closed_tool(stage: Stage, language: Language) -> Cast:
    """A plain member, where a tool is the administrators'. It is there from then on."""
    guichet = stage.system.command_line()
    added = await guichet("tools", "add", "bordereaux", *CLOSED_TOOL)
    assert added.code == 0 or "is there already" in added.err, added.err
    return await plain_member(stage, language)


async def beside_a_disabled_tool(stage: Stage, language: Language) -> Cast:
    """A plain member, where a tool that is shut for everybody was in the list."""
    guichet = stage.system.command_line()
    added = await guichet("tools", "add", "archives", *DISABLED_TOOL)
    assert added.code == 0 or "is there already" in added.err, added.err
    assert (await guichet("tools", "disable", "archives", "--yes")).code == 0
    return await plain_member(stage, language)


async def open_first(page: Page, cast: Cast) -> None:
    await page.locator("main summary").first.click()


async def open_removal(page: Page, cast: Cast) -> None:
    bruno = page.locator("article", has_text="Bruno Petit")
    await bruno.locator("summary").first.click()
    await bruno.locator("summary").nth(1).click()


async def decide_after_somebody(page: Page, cast: Cast) -> None:
    """Ticks all, and presses when one of them has been decided already."""
    for box in await page.locator("input[type=checkbox]").all():
        await box.check()
    await sofia_approves(page, cast)
    async with page.expect_navigation():
        await page.click("#selection button[value=approve]")


async def decide_too_late(page: Page, cast: Cast) -> None:
    """Presses when Sofia has decided already."""
    await sofia_approves(page, cast)
    await sends("/demandes/{bruno}/decision")(page, cast)


async def sofia_approves(page: Page, cast: Cast) -> None:
    origin = "/".join(page.url.split("/")[:3])
    decided = await page.request.post(
        f"{origin}/api/v1/access-requests/{cast.names['bruno']}/decision",
        headers={"Authorization": f"Bearer {cast.names['sofias_token']}"},
        data={"verdict": "approve"},
    )
    assert decided.status == 200


SCENES = [
    Scene("manage-none", USERS, alone),
    Scene("manage-many", USERS, busy),
    Scene("manage-refusing", USERS, busy, open_first),
    Scene("manage-nothing-ticked", USERS, busy, sends(USERS, role="administrator")),
    Scene("manage-outcomes", USERS, racing, decide_after_somebody),
    Scene("manage-history", USERS + "/historique", settled),
    Scene("manage-history-none", USERS + "/historique", alone),
    Scene("members-alone", USERS + "/membres", alone),
    Scene("members-several", USERS + "/membres", settled),
    Scene("members-removing", USERS + "/membres", settled, open_removal),
    Scene("members-forbidden", USERS + "/membres", plain_member, status=403),
    Scene("departure", "/entreprises/{siren}/depart", plain_member),
    Scene("departure-last", "/entreprises/{siren}/depart", alone),
    Scene("decide", "/demandes/{id}", stranger_asks),
    Scene("decide-refusing", "/demandes/{id}", stranger_asks, open_first),
    Scene("decide-reminded", "/demandes/{id}", busy),
    Scene("decide-escalated", "/demandes/{escalated}", busy),
    Scene("decide-approved", "/demandes/{id}", approved),
    Scene("decide-approved-others-wait", "/demandes/{id}", approved_before_others),
    Scene("decide-too-late", "/demandes/{bruno}", about_to_race, decide_too_late),
    Scene("decide-rejected", "/demandes/{id}", rejected),
    Scene("decide-expired", "/demandes/{id}", expired),
    Scene("decide-cancelled", "/demandes/{id}", cancelled),
    Scene("company-home", "/entreprises/{siren}", busy),
    Scene("company-home-alone", "/entreprises/{siren}", alone),
    Scene("company-home-member", "/entreprises/{siren}", plain_member),
    Scene("company-tools", "/entreprises/{siren}/outils", plain_member),
    Scene("company-tools-closed", "/entreprises/{siren}/outils", beside_a_closed_tool),
    Scene("company-tool-closed", "/entreprises/{siren}/outils/bordereaux", beside_a_closed_tool, status=403),
    Scene(
        "company-tool-disabled", "/entreprises/{siren}/outils/archives", beside_a_disabled_tool, status=403
    ),
]
