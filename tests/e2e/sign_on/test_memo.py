"""What Mémo lets itself be told, and by whom."""

import json
import sqlite3
from contextlib import closing

import httpx

from deploy.local.memo.pages import COOKIE
from deploy.local.memo.sessions import key_of
from tests.system.companies import Company
from tests.system.people import Person
from tests.system.relying_party import browser_of
from tests.system.running import RunningSystem


async def answered(browser: httpx.AsyncClient, system: RunningSystem, company: Company) -> httpx.URL:
    """Goes from Mémo's card to the address that leads back to Mémo, and does not open it."""
    address = httpx.URL(f"{system.url}/entreprises/{company.siren}/outils/memo")
    while "code" not in address.params:
        answer = await browser.get(address)
        assert answer.has_redirect_location, (address, answer.status_code)
        address = answer.url.join(answer.headers["location"])
    return address


async def test_an_answer_of_another_issuer_is_refused_and_costs_nothing(
    system: RunningSystem, claire: Person, company: Company
) -> None:
    async with browser_of(claire) as browser:
        address = await answered(browser, system, company)
        others = [address.copy_set_param("iss", other) for other in ("https://evil.example", "")]
        for mixed_up in (*others, address.copy_remove_param("iss")):
            assert (await browser.get(mixed_up)).status_code == httpx.codes.BAD_REQUEST
        assert (await browser.get(address)).headers["location"] == "/"


async def test_an_id_token_signs_nobody_out(system: RunningSystem, claire: Person, company: Company) -> None:
    async with browser_of(claire) as browser:
        await browser.get(await answered(browser, system, company))
        sessions = system.state / "memo" / "sessions.sqlite"
        with closing(sqlite3.connect(f"{sessions.as_uri()}?mode=ro", uri=True)) as memo:
            of_hers = (key_of(browser.cookies[COOKIE]),)
            [[token]] = memo.execute("SELECT token FROM sessions WHERE key = ?", of_hers).fetchall()
        told = await browser.post(
            f"{system.memo_url}/deconnexion/annonce", data={"logout_token": json.loads(token)["id_token"]}
        )
        assert (told.status_code, told.json()) == (400, {"error": "invalid_request"})
        assert company.name in (await browser.get(f"{system.memo_url}/")).text
