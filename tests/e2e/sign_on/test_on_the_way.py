"""Who comes from a tool gets back to its sign-on, whatever the portal asks for on the way."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from services.gateway.session import COOKIE
from tests.system.browser import Browser, hidden_fields
from tests.system.people import PASSWORD, Mailbox, NewPerson, Person, token_in
from tests.system.relying_party import RelyingParty, parameters_of
from tests.system.running import RunningSystem

NEW_PASSWORD = "des vaches peignent le matin"
LINK = re.compile(r'href="([^"]*)"')


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(system: RunningSystem) -> AsyncIterator[Browser]:
    """A browser in which nobody is signed in."""
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as http:
        yield Browser(http)


async def led_to(browser: Browser, address: str, path: str) -> str:
    """Opens an address, follows it to the sign-in page, and returns the link to a path from there."""
    page = await browser.follow(await browser.open(address))
    [link] = [unescape(one) for one in LINK.findall(page.text) if one.startswith(path)]
    return link


async def signed_in(browser: Browser, person: Person, password: str = PASSWORD) -> httpx.Response:
    """Signs in on the bare sign-in page, and goes on where that leads."""
    answer = await browser.send("/connexion", "/connexion", email=person.email, password=password)
    return await browser.follow(answer)


async def mailed(mailbox: Mailbox, person: Person, kind: str) -> str:
    return token_in(await mailbox.message(to=person.email, kind=kind))


async def test_a_newcomer_gets_back_to_the_tool_after_the_mail(
    visitor: Browser, person: NewPerson, mailbox: Mailbox, notes: RelyingParty
) -> None:
    emma = person("Emma Roy")
    form = await led_to(visitor, notes.request(), "/inscription")
    typed = {"full_name": emma.name, "email": emma.email, "password": PASSWORD, "locale": "fr"}
    assert (await visitor.send(form, "/inscription", **typed)).status_code == 303
    link = f"/verifier?token={await mailed(mailbox, emma, 'account_verification')}"
    page = await visitor.follow(await visitor.send(link, "/verifier"))
    assert "Outil notes" in page.text
    closed = await signed_in(visitor, emma)
    assert (closed.status_code, closed.url.path) == (403, "/oauth2/authorize")
    assert "/entreprises/ajouter" in closed.text
    # It was for once.
    visitor.http.cookies.delete(COOKIE)
    assert hidden_fields((await visitor.open("/connexion")).text, "/connexion")["next"] == ""


async def test_who_has_yet_to_verify_gets_back_too(
    visitor: Browser, person: NewPerson, mailbox: Mailbox, notes: RelyingParty
) -> None:
    emma = person("Emma Roy")
    await emma.sign_up()
    page = (await visitor.open(notes.request())).headers["location"]
    waits = await visitor.send(page, "/connexion", email=emma.email, password=PASSWORD)
    assert urlsplit(waits.headers["location"]).path == "/verifier"
    link = f"/verifier?token={await mailed(mailbox, emma, 'account_verification')}"
    await visitor.follow(await visitor.send(link, "/verifier"))
    assert (await signed_in(visitor, emma)).url.path == "/oauth2/authorize"


async def test_a_forgotten_password_leads_back_to_the_tool(
    *, visitor: Browser, person: NewPerson, mailbox: Mailbox, notes: RelyingParty
) -> None:
    emma = await person("Emma Roy").joins()
    form = await led_to(visitor, notes.request(), "/mot-de-passe-oublie")
    await visitor.send(form, "/mot-de-passe-oublie", email=emma.email)
    link = f"/reinitialiser?token={await mailed(mailbox, emma, 'password_reset')}"
    await visitor.send(link, "/reinitialiser", password=NEW_PASSWORD)
    assert (await signed_in(visitor, emma, NEW_PASSWORD)).url.path == "/oauth2/authorize"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
@pytest.mark.parametrize("path", ["/inscription", "/mot-de-passe-oublie"])
async def test_nothing_leads_to_another_site(path: str, elsewhere: str, visitor: Browser) -> None:
    page = await visitor.http.get(path, params={"next": elsewhere})
    assert "evil.example" not in page.text.replace(page.request.url.query.decode(), "").split("<footer")[0]
    typed = {"full_name": "Emma", "email": "a@example.com", "password": PASSWORD, "locale": "fr"}
    fields = hidden_fields(page.text, path) | {"next": elsewhere}
    sent = typed if path == "/inscription" else {"email": "a@example.com"}
    await visitor.http.post(path, data=fields | sent, headers=visitor.headers)
    assert hidden_fields((await visitor.open("/connexion")).text, "/connexion")["next"] == ""


async def test_proving_again_at_one_tool_leaves_the_others_signed_on(
    visitor: Browser, claire: Person, tools: dict[str, RelyingParty]
) -> None:
    notes, other = tools["notes"], tools["other"]
    await signed_in(visitor, claire)
    former = visitor.http.cookies[COOKIE]
    elsewhere = await other.tokens(visitor.http)
    page = (await visitor.open(notes.request(prompt="login"))).headers["location"]
    back = await visitor.send(page, "/connexion", email=claire.email, password=PASSWORD)
    assert visitor.http.cookies[COOKIE] != former
    code = parameters_of(await visitor.follow(back))["code"]
    tokens = (await notes.exchange(code)).json()
    before, after = [await notes.claims(one["id_token"]) for one in (elsewhere, tokens)]
    assert after["sid"] == before["sid"]
    assert (await other.userinfo(elsewhere["access_token"])).status_code == 200
    assert (await other.refresh(elsewhere["refresh_token"])).status_code == 200
