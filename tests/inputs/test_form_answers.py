"""What the portal answers to what is no form, and to forms whose refusal has more to say than a sentence."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, urlencode

import httpx
import pytest
import pytest_asyncio

from services.gateway.problems import title_and_detail
from services.gateway.session import COOKIE
from tests.inputs.form_rows import CLAIM
from tests.inputs.scene import Facts, Scene
from tests.system.browser import Browser, hidden_fields
from tests.system.people import PASSWORD, NewPerson
from tests.system.running import RunningSystem

# Tokens, and from when another code may be asked for.
OF_THIS_VISIT = re.compile(r'name="csrf" value="[^"]*"|[0-9]')
FORM = "application/x-www-form-urlencoded"
SIGN_UP = "/inscription"
TYPED = {
    "full_name": "Camille Durand",
    "email": "camille.durand@example.com",
    "password": "tulipe-carbone-9-lampion",
    "locale": "fr",
}


class Body(NamedTuple):
    """A body that is no form that a page of ours sends, made from one that is."""

    name: str
    made: Callable[[bytes], bytes]
    status: int
    code: str
    headers: Mapping[str, str] = {}


BODIES = [
    Body("over 64 kB", lambda form: form + b"&x=" + b"x" * 65_536, 413, "body_too_large"),
    Body("JSON", lambda _: b"{}", 415, "unsupported_media_type", {"Content-Type": "application/json"}),
    Body("plain text", lambda form: form, 415, "unsupported_media_type", {"Content-Type": "text/plain"}),
    Body("bad UTF-8", lambda form: form.replace(b"Camille", b"Cam%FFille"), 400, "malformed_body"),
    Body("a lone surrogate", lambda form: form.replace(b"Camille", b"%ED%A0%80"), 400, "malformed_body"),
    Body("a field twice", lambda form: form + b"&email=b%40example.com", 400, "duplicate_key"),
    Body("an unknown field", lambda form: form + b"&role=administrator", 422, "unknown_field"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def browser(system: RunningSystem) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        yield Browser(client)


def says(page: str, code: str) -> bool:
    return title_and_detail(code, "fr", {})[1] in unescape(page)


@pytest.mark.parametrize("body", BODIES, ids=[body.name for body in BODIES])
async def test_what_is_no_form_is_said_and_changes_nothing(
    body: Body, facts: Facts, browser: Browser
) -> None:
    token = hidden_fields((await browser.open(SIGN_UP)).text, SIGN_UP)["csrf"]
    before = await facts.fingerprint()
    content = body.made(urlencode({"csrf": token, **TYPED}).encode())
    headers = {**browser.headers, "Content-Type": FORM, **body.headers}
    answer = await browser.http.post(SIGN_UP, content=content, headers=headers)
    assert answer.status_code == body.status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert says(answer.text, body.code), answer.text
    assert TYPED["password"] not in answer.text
    assert await facts.fingerprint() == before


@pytest.mark.parametrize(("method", "path"), [("PUT", SIGN_UP), ("DELETE", "/connexion"), ("POST", "/")])
async def test_another_method_is_refused_with_those_that_there_are(
    method: str, path: str, browser: Browser
) -> None:
    answer = await browser.http.request(method, path, headers=browser.headers)
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (405, True)
    assert says(answer.text, "method_not_allowed")


async def test_a_forged_host_is_refused(browser: Browser) -> None:
    answer = await browser.http.get("/connexion", headers={**browser.headers, "Host": "evil.example"})
    assert answer.status_code == 400
    forwarded = {**browser.headers, "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.1"}
    assert "evil.example" not in (await browser.http.get("/connexion", headers=forwarded)).text


async def test_whether_an_address_is_taken_is_not_told(person: NewPerson, browser: Browser) -> None:
    known = await person("Claire Morel").joins()
    answers = {}
    for email in (known.email, f"x{known.email}"):
        signed_up = await browser.send(SIGN_UP, SIGN_UP, **{**TYPED, "email": email})
        forgotten = await browser.send("/mot-de-passe-oublie", "/mot-de-passe-oublie", email=email)
        answers[email] = [
            (
                one.status_code,
                OF_THIS_VISIT.sub(
                    "", (await browser.follow(one)).text.replace(quote(email), "").replace(email, "")
                ),
            )
            for one in (signed_up, forgotten)
        ]
    one, other = answers.values()
    assert one == other
    assert [status for status, _ in one] == [303, 303]


async def test_a_decision_after_the_decision_names_who_decided_what(
    scene: Scene, facts: Facts, browser: Browser
) -> None:
    browser.http.cookies.set(COOKIE, scene.people["claire"].token)
    before = await facts.fingerprint()
    for verdict in ("approve", "reject"):
        path = f"/demandes/{scene.rejected}"
        answer = await browser.send_own(path, f"{path}/decision", verdict=verdict, reason="Autre")
        assert answer.status_code == 409
        assert "Déjà refusée par" in answer.text.replace("\u00a0", " ")
    assert await facts.fingerprint() == before


@pytest.mark.parametrize("change", ["member", "suspended"])
async def test_the_last_administrator_stays_one(
    change: str, scene: Scene, facts: Facts, browser: Browser
) -> None:
    browser.http.cookies.set(COOKIE, scene.people["claire"].token)
    before = await facts.fingerprint()
    members = f"/entreprises/{scene.company.siren}/utilisateurs/membres"
    answer = await browser.send_own(members, f"{members}/{scene.people['claire'].id}", change=change)
    assert answer.status_code == 409
    assert says(answer.text, "last_administrator"), answer.text
    assert await facts.fingerprint() == before


async def test_whoever_is_suspended_is_told_so_when_asking_again(
    scene: Scene, person: NewPerson, facts: Facts, browser: Browser
) -> None:
    claire, nora = scene.people["claire"], await person("Nora Blanc").joins()
    entering = await nora.submits(scene.company)
    assert (await claire.decides(entering, "approve")).status_code == httpx.codes.OK
    member = f"/companies/{scene.company.siren}/members/{nora.id}"
    assert (await claire.call("PATCH", member, {"state": "suspended"})).status_code == httpx.codes.OK
    browser.http.cookies.set(COOKIE, nora.token)
    pair = {"siren": scene.company.siren, "member_code": scene.company.member_code}
    answer = await browser.send_own(CLAIM, CLAIM, **pair)
    assert answer.status_code == 409
    assert says(answer.text, "membership_suspended"), answer.text
    asked = "SELECT count(*) FROM access_requests WHERE account_id = $1"
    assert await facts.one("company", asked, nora.id) == 1


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "/%09/evil"]
)
async def test_nobody_is_led_elsewhere_after_signing_in(
    elsewhere: str, scene: Scene, browser: Browser
) -> None:
    claire = scene.people["claire"]
    page = f"/connexion?{urlencode({'next': elsewhere})}"
    signed = await browser.send(page, "/connexion", email=claire.email, password=PASSWORD)
    assert signed.status_code == 303
    assert browser.http.base_url.join(signed.headers["location"]).host == browser.http.base_url.host
