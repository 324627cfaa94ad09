"""The forms on the way into a company: what right ones do, and what wrong ones say beside their sentence."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.inputs.form_rows import CLAIM
from tests.inputs.scene import Facts, Scene
from tests.system.browser import Browser, hidden_fields
from tests.system.companies import Company
from tests.system.people import NewPerson, Person

CONFIRMATION = f"{CLAIM}/confirmation"


@asynccontextmanager
async def browsing(person: Person) -> AsyncIterator[Browser]:
    """Opens a browser in which a person is signed in."""
    cookies = {"guichet_session": person.token}
    async with httpx.AsyncClient(base_url=person.http.base_url, cookies=cookies, timeout=60) as http:
        yield Browser(http)


async def token_of(browser: Browser) -> str:
    return hidden_fields((await browser.open("/entreprises")).text, "/deconnexion")["csrf"]


async def send(browser: Browser, action: str, **fields: str) -> httpx.Response:
    return await browser.http.post(action, data=fields, headers=browser.headers)


async def test_a_wrong_form_says_the_way_on(scene: Scene) -> None:
    siret = {"siren": "732 829 320 00074", "member_code": "X"}
    own = {"siren": scene.company.siren, "member_code": scene.company.member_code}
    for person, typed, way in (
        ("farah", siret, "<b>732\u202f829\u202f320</b>"),
        ("mila", own, f'href="/entreprises/{scene.company.siren}"'),
        ("bruno", own, f'href="/demandes/{scene.pending}"'),
    ):
        async with browsing(scene.people[person]) as browser:
            answer = await browser.send(CLAIM, CLAIM, **typed)
            assert answer.status_code in (409, 422)
            assert way in answer.text


async def test_a_right_form_shows_the_company_and_then_asks(
    person: NewPerson, companies: list[Company]
) -> None:
    company = companies[14]
    pair = {"siren": company.siren, "member_code": company.member_code.lower()}
    claire, bruno = await person("Claire Morel").joins(), await person("Bruno Petit").joins()
    async with browsing(claire) as browser:
        tile = await browser.send(CLAIM, CLAIM, **pair)
        assert (tile.status_code, "vous en deviendrez administrateur" in tile.text) == (200, True)
        assert company.name in tile.text
        hidden = hidden_fields(tile.text, CONFIRMATION)
        answers = [await send(browser, CONFIRMATION, **hidden) for _ in range(2)]
        assert [one.headers["location"] for one in answers] == [f"/entreprises/{company.siren}/bienvenue"] * 2
        welcome = (await browser.follow(answers[0])).text
        assert f"Siren\u00a0: {company.siren[:3]}\u202f{company.siren[3:6]}" in welcome
    async with browsing(bruno) as browser:
        # Lines of a text area become one: nobody is scolded for the key Enter.
        tile = await browser.send(CLAIM, CLAIM, **pair, message="Service RH\r\nposte 214")
        assert "Ses administrateurs recevront votre demande" in tile.text
        again = await send(browser, CLAIM, **hidden_fields(tile.text, CONFIRMATION), change="yes")
        assert f'value="{company.siren}"' in again.text
        assert f'value="{pair["member_code"]}"' in again.text
        asked = await send(browser, CONFIRMATION, **hidden_fields(tile.text, CONFIRMATION))
        request = await browser.follow(asked)
        assert company.member_code not in asked.headers["location"]
        assert "Votre demande a été envoyée" in request.text
        assert "Service RH poste 214" in request.text
        path = asked.headers["location"]
        changed = await browser.send(path, f"{path}/message", message="Service RH, bâtiment B")
        assert "Service RH, bâtiment B" in (await browser.follow(changed)).text
        withdrawn = await browser.send(f"{path}/annulation", f"{path}/annulation")
        assert "Votre demande est annulée" in (await browser.follow(withdrawn)).text
        again = await browser.open(f"{CLAIM}?demande={path.rpartition('/')[2]}")
        assert "Service RH, bâtiment B" in again.text
        assert f'value="{company.siren}"' in again.text


async def test_another_ones_request_fills_in_no_form(scene: Scene) -> None:
    async with browsing(scene.people["zoe"]) as browser:
        for id_ in (scene.pending, "a" * 32, "%00", "'"):
            page = await browser.open(f"{CLAIM}?demande={id_}")
            assert page.status_code == 200
            assert "Bonjour" not in page.text
        assert (await browser.open(f"/demandes/{scene.pending}")).status_code == 404
        assert (await browser.open(f"/demandes/{scene.pending}/annulation")).status_code == 404
    async with browsing(scene.people["claire"]) as browser:
        assert "Bonjour" not in (await browser.open(f"{CLAIM}?demande={scene.pending}")).text


@pytest.mark.parametrize("token", ["", "x", "foreign"])
async def test_a_form_without_the_token_of_its_page_is_refused_and_keeps_what_was_typed(
    token: str, scene: Scene, facts: Facts
) -> None:
    async with browsing(scene.people["zoe"]) as other:
        foreign = await token_of(other)
    async with browsing(scene.people["bruno"]) as browser:
        before = await facts.fingerprint()
        typed = {"csrf": foreign if token == "foreign" else token, "message": "Des mots à garder"}
        answer = await send(browser, f"/demandes/{scene.pending}/message", **typed)
        assert (answer.status_code, "Des mots à garder" in answer.text) == (403, True)
        assert await facts.fingerprint() == before


async def test_too_many_wrong_codes_say_until_when(person: NewPerson, companies: list[Company]) -> None:
    guesser = await person("Hugo Blanc").joins()
    async with browsing(guesser) as browser:
        token = await token_of(browser)
        for number in range(21):
            company = companies[15 + number % 3]
            answer = await send(browser, CLAIM, csrf=token, siren=company.siren, member_code=f"FAUX-{number}")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert re.search(r"Nouvel essai possible le \w+ \d+\s\w+ à\s\d+\sh\s\d\d", answer.text), answer.text
