"""Sign-on, refresh and sign-out, as programs that others wrote go through them."""

import asyncio
from html import unescape
from typing import Any

import httpx
import pytest

from tests.relying_parties.conftest import Browsers, Scene
from tests.relying_parties.node import Node
from tests.relying_parties.party import Json, Party
from tests.system.browser import FORM, hidden_fields
from tests.system.companies import Company
from tests.system.people import Person

pytestmark = pytest.mark.timeout(180)


async def signed_on(party: Party, browser: httpx.AsyncClient) -> Json:
    """Signs on, and returns what the party then says of the person."""
    answer = await browser.get(party.start)
    assert answer.status_code == httpx.codes.OK, answer.text
    claims = await party.claims(browser)
    assert claims is not None
    return claims


def form_to(page: str, path: str) -> str:
    """Returns the whole action of a page's form that goes to a path."""
    return next(unescape(action) for action, _ in FORM.findall(page) if action.startswith(path))


async def until_signed_out(party: Party, browser: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while await party.claims(browser) is not None:
            await asyncio.sleep(0.05)


def told_of(person: Person, company: Company, role: str) -> Json:
    return {
        "email": person.email,
        "email_verified": True,
        "name": person.name,
        "locale": "fr",
        "siren": company.siren,
        "company_name": company.name,
        "company_role": role,
    }


def some_of(claims: Json, names: Json) -> dict[str, Any]:
    return {name: claims.get(name) for name in names}


async def test_an_administrator_and_a_member_sign_on_with_their_company_and_role(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, company = await scene.administrator()
    bruno = await scene.member(claire, company)
    for person, role in ((claire, "administrator"), (bruno, "member")):
        browser = browsers.of(person)
        claims = await signed_on(party, browser)
        expected = told_of(person, company, role)
        assert some_of(claims, expected) == expected
        assert claims["iss"] == scene.system.url
        assert claims["aud"] in (party.id, [party.id])
        told = await party.userinfo(browser)
        assert some_of(told, expected) == expected
        assert told["sub"] == claims["sub"]
        assert person.email not in claims["sub"]


async def test_whoever_is_not_signed_in_signs_in_at_the_portal_and_comes_back(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, company = await scene.administrator()
    browser = browsers.of()
    page = await browser.get(party.start)
    assert page.url.host == "localhost"
    assert page.url.path == "/connexion"
    sent = {
        **hidden_fields(page.text, "/connexion"),
        "email": claire.email,
        "password": "un cheval lit des cartes bleues",
    }
    answer = await browser.post(f"{scene.system.url}/connexion", data=sent)
    assert answer.status_code == httpx.codes.OK, answer.text
    claims = await party.claims(browser)
    assert claims is not None
    assert claims["siren"] == company.siren


async def test_tokens_are_refreshed(scene: Scene, party: Party, browsers: Browsers) -> None:
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    await signed_on(party, browser)
    assert await party.refresh(browser)
    assert await party.refresh(browser)


async def test_a_lost_membership_ends_the_session_of_the_tool(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, company = await scene.administrator()
    bruno = await scene.member(claire, company)
    browser, other = browsers.of(bruno), browsers.of(claire)
    await signed_on(party, browser)
    await signed_on(party, other)
    answer = await claire.call("DELETE", f"/companies/{company.siren}/members/{bruno.id}")
    assert answer.status_code == httpx.codes.NO_CONTENT
    await until_signed_out(party, browser)
    assert await party.claims(other) is not None


async def test_signing_out_of_the_portal_signs_out_of_the_tool(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    await signed_on(party, browser)
    assert (await claire.call("DELETE", "/sessions/current")).status_code == httpx.codes.NO_CONTENT
    await until_signed_out(party, browser)


async def test_signing_out_of_one_tool_signs_out_of_the_portal_and_of_the_others(
    scene: Scene, party: Party, browsers: Browsers
) -> None:
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    await signed_on(party, browser)
    others = [one for one in scene.parties.values() if one is not party]
    for other in others:
        await signed_on(other, browser)
    question = await browser.get(party.sign_out)
    assert question.url.host == "localhost"
    action = form_to(question.text, "/oauth2/logout")
    answer = await browser.post(f"{scene.system.url}{action}", data=hidden_fields(question.text, action))
    assert "bye" in answer.text
    assert await party.claims(browser) is None
    assert (await claire.call("GET", "/me")).status_code == httpx.codes.UNAUTHORIZED
    for other in others:
        await until_signed_out(other, browser)


async def test_a_refresh_token_that_was_used_ends_the_sign_on(scene: Scene, browsers: Browsers) -> None:
    node = scene.parties["node-client-secret-basic"]
    assert isinstance(node, Node)
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    await signed_on(node, browser)
    refreshed = await node.ask(browser, "refresh")
    again = await node.ask(browser, "refresh", token=refreshed["before"])
    assert again["error"] == "invalid_grant"
    await until_signed_out(node, browser)


async def test_a_token_is_introspected_and_revoked_by_whose_it_is(scene: Scene, browsers: Browsers) -> None:
    node = scene.parties["node-private-key-jwt"]
    assert isinstance(node, Node)
    claire, _ = await scene.administrator()
    browser = browsers.of(claire)
    claims = await signed_on(node, browser)
    told = await node.ask(browser, "introspect")
    assert told["active"] is True
    assert (told["client_id"], told["sub"]) == (node.id, claims["sub"])
    assert await node.ask(browser, "revoke") == {}
    # The tool asked for it: it is not told, but its tokens open nothing any more.
    assert (await node.ask(browser, "refresh"))["error"] == "invalid_grant"
    assert (await node.ask(browser, "userinfo"))["status"] == httpx.codes.UNAUTHORIZED
    assert await node.ask(browser, "introspect") == {"active": False}
