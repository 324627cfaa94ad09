"""A bad form gets its status and a sentence, keeps what was typed, and changes nothing."""

import re
from collections.abc import AsyncIterator
from html import escape, unescape

import httpx
import pytest
import pytest_asyncio

from services.gateway.fields import REFUSED
from services.gateway.problems import title_and_detail
from services.gateway.session import COOKIE
from tests.inputs.form_rows import (
    CLAIMS,
    CONFIRMATIONS,
    DECISIONS,
    OWN_ACCOUNT,
    REQUESTS,
    SIGN_INS,
    SIGN_UPS,
    FormRow,
)
from tests.inputs.scene import Facts, Scene
from tests.system.browser import HTML, Browser
from tests.system.running import RunningSystem

TABLE = [*SIGN_UPS, *SIGN_INS, *CLAIMS, *CONFIRMATIONS, *REQUESTS, *DECISIONS, *OWN_ACCOUNT]
SECRETS = {"password", "current_password", "new_password"}
# Nobody types these: buttons of a page and mailed links hold them.
UNTYPED = {"verdict", "token"}


@pytest_asyncio.fixture(loop_scope="session")
async def browser(system: RunningSystem) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        yield Browser(client)


def placed(text: str, scene: Scene) -> str:
    """Fills in the names that a row's path may hold."""
    return text.format(
        siren=scene.company.siren,
        siren_code=scene.company.member_code,
        free=scene.free.siren,
        free_code=scene.free.member_code,
        closed=scene.closed.siren,
        closed_code=scene.closed.member_code,
        pending=scene.pending,
        rejected=scene.rejected,
        late=scene.late,
        claire=scene.people["claire"].id,
        mila=scene.people["mila"].id,
    )


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
async def test_a_bad_form_gets_its_sentence_and_changes_nothing(
    row: FormRow, scene: Scene, facts: Facts, browser: Browser
) -> None:
    if row.by:
        browser.http.cookies.set(COOKIE, scene.people[row.by].token)
    before = await facts.fingerprint()
    fields = {name: placed(typed, scene) for name, typed in row.fields.items()}
    answer = await browser.send_own(placed(row.page, scene), placed(row.action, scene), **fields)
    assert answer.status_code == row.status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.text
    sentence = title_and_detail(row.code, "fr", {})[1]
    assert sentence in unescape(page)
    if row.wrong in row.fields:
        assert sentence in unescape(said_beside(page, row.wrong))
        assert re.search(rf'id="{row.wrong}"[^>]* aria-invalid="true"', page)
    for name, typed in fields.items():
        if name in SECRETS:
            assert not typed or escape(typed) not in page
        elif name not in UNTYPED and not REFUSED.search(typed):
            assert escape(typed).replace("&#x27;", "&#39;") in page.replace("&#34;", "&quot;")
    assert await facts.fingerprint() == before


def said_beside(page: str, name: str) -> str:
    """Returns the sentence beside a field."""
    found = re.search(rf'id="{name}-error">(.*?)</p>', page, re.DOTALL)
    assert found, page
    return found.group(1)


@pytest.mark.parametrize("page", ["/entreprises", "/entreprises/ajouter", "/demandes/{pending}"])
async def test_a_page_opened_signed_out_leads_to_sign_in_and_back(
    page: str, scene: Scene, browser: Browser
) -> None:
    path = placed(page, scene)
    answer = await browser.open(path)
    assert answer.status_code == 303
    claire = scene.people["claire"]
    signed = await browser.send(
        answer.headers["location"],
        "/connexion",
        email=claire.email,
        password="un cheval lit des cartes bleues",
    )
    assert (signed.status_code, signed.headers["location"]) == (303, path)


async def test_a_session_that_ends_in_the_middle_of_a_form_leads_to_sign_in_and_back(
    scene: Scene, browser: Browser
) -> None:
    browser.http.cookies.set(COOKIE, scene.people["gil"].token)
    answer = await browser.http.post("/entreprises/ajouter", data={"siren": "1"}, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/connexion?next=%2Fentreprises%2Fajouter"
