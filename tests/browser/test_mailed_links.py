"""Mail scanners open links, some with a browser: whoever opens one, and however, nothing changes by it."""

import httpx

from services.notification.domain.kinds import KINDS
from tests.browser.conftest import Visit
from tests.browser.fingerprint import fingerprint
from tests.browser.stage import SESSION_COOKIE, Stage
from tests.system.people import Person

PAGES = sorted({kind.page.value for kind in KINDS.values()})


def opened_by_token(page: str) -> bool:
    return "{token}" in page


async def mailed_links(stage: Stage, newcomer: Person) -> list[str]:
    """Returns the links of mails that ask somebody to do something, none of it done yet."""
    company = stage.company()
    claire, bruno = await stage.person("Claire Morel"), await stage.person("Bruno Petit")
    await newcomer.sign_up()
    await claire.asks_for(company)
    await bruno.submits(company)
    await claire.call("POST", "/password-resets", {"email": claire.email})
    mails = [
        await stage.mailbox.message(to=newcomer.email, kind="account_verification"),
        await stage.mailbox.message(to=claire.email, kind="password_reset"),
        await stage.mailbox.message(to=claire.email, kind="access_request_received"),
        await stage.mailbox.message(to=company.contact_email, kind="administrator_granted"),
    ]
    return sorted({link for mail in mails for link in mail["links"] if link.startswith("http")})


async def test_opening_a_mailed_link_changes_nothing(stage: Stage, visit: Visit) -> None:
    newcomer = stage.stranger("Nora Blanc")
    links = await mailed_links(stage, newcomer)
    for page in filter(opened_by_token, PAGES):
        assert any(page.partition("{")[0] in link for link in links), page
    visitor = await visit()
    before = await fingerprint(stage.system)
    async with httpx.AsyncClient(follow_redirects=True) as scanner:
        for link in links:
            assert (await scanner.head(link)).status_code == 200
            assert (await scanner.get(link)).status_code == 200
            assert await visitor.open(link) == 200
            await visitor.page.wait_for_load_state("networkidle")
    assert await fingerprint(stage.system) == before
    await newcomer.verify()
    assert await fingerprint(stage.system) != before, "a write would have gone unseen"


async def test_an_administrator_who_opens_any_page_that_mails_lead_to_has_done_nothing(
    stage: Stage, visit: Visit
) -> None:
    company = stage.company()
    claire, bruno = await stage.person("Claire Morel"), await stage.person("Bruno Petit")
    await claire.asks_for(company)
    access_request_id = await bruno.submits(company)
    mail = await stage.mailbox.message(to=claire.email, kind="access_request_received")
    known = {"siren": company.siren, "access_request_id": access_request_id}
    links = [stage.system.url + page.format(**known) for page in PAGES if not opened_by_token(page)]
    assert [one for one in links if "/demandes/" in one and one in mail["links"]]
    visitor = await visit()
    await stage.sign_in(visitor, claire)
    # That somebody was seen is written.
    before = await fingerprint(stage.system, without=["identity.sessions"])
    cookies = {SESSION_COOKIE: claire.token}
    async with httpx.AsyncClient(cookies=cookies, follow_redirects=True) as scanner:
        for link in links:
            assert (await scanner.head(link)).status_code == 200
            assert (await scanner.get(link)).status_code == 200
            assert await visitor.open(link) == 200
            await visitor.page.wait_for_load_state("networkidle")
    assert await fingerprint(stage.system, without=["identity.sessions"]) == before
    assert (await bruno.call("GET", f"/access-requests/{access_request_id}")).json()["state"] == "pending"
