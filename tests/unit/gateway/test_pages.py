"""Pages: what holds for each of them, and the way through those that mails lead to."""

import base64
import re
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from services.gateway.app import MODULES
from services.gateway.languages import long_time, typeset
from services.gateway.pages.assets import ASSETS
from services.gateway.pages.route import PageRoute
from services.gateway.session import csrf_token
from services.platform.errors import InvalidArgument, ResourceExhausted, Unavailable
from tests.system.browser import HTML, Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE, MESSAGE_COOKIE, VISIT_COOKIE
from tests.unit.gateway.services_on_the_wire import MEMBERSHIP, SIREN, ServicesOnTheWire

LINKS = ["/verifier?token=abc", "/reinitialiser?token=abc"]
FORMS = [
    route
    for module in MODULES
    for route in module.router.routes
    if isinstance(route, PageRoute) and route.methods == {"POST"}
]


READS = {
    *("GetSession", "GetSessionChallenge", "GetSecondFactor", "GetRecoveryCodes", "ListSessions"),
    *("GetOwnAccess", "GetCompany", "ListMemberships", "BatchGetAccounts"),
    *("GetAccessRequest", "ListAccessRequests", "ListCompanyAccessRequests", "ListDeliveries"),
}


def path_of(route: APIRoute) -> str:
    return re.sub(r"\{\w+\}", "request-1", route.path.replace("{siren}", SIREN))


@pytest.mark.parametrize("path", LINKS)
async def test_opening_a_link_changes_nothing(
    http: httpx.AsyncClient, services: ServicesOnTheWire, path: str
) -> None:
    for method in ("GET", "HEAD"):
        answer = await http.request(method, path, headers=HTML)
        assert answer.status_code == 200
        assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert services.calls == []


async def test_a_page_speaks_the_browsers_language_until_another_is_chosen(browser: Browser) -> None:
    english = Browser(browser.http, **{"Accept-Language": "en"})
    assert "Vérifier mon adresse" in (await browser.open(LINKS[0])).text
    assert '<html lang="en">' in (await english.open(LINKS[0])).text
    chosen = await browser.send("/connexion", "/langue", language="en")
    assert (await browser.follow(chosen)).headers["content-language"] == "en"


async def test_a_token_is_escaped(http: httpx.AsyncClient) -> None:
    answer = await http.get("/verifier", params={"token": '"><script>alert(1)</script>'}, headers=HTML)
    assert "<script>" not in answer.text


async def test_the_button_verifies_and_leads_to_sign_in(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    answer = await browser.send("/verifier?token=abc", "/verifier")
    assert services.asked("VerifyAccount")[0].token == "abc"
    page = await browser.follow(answer)
    assert "est vérifiée. Vous pouvez vous connecter" in page.text
    assert "est vérifiée" not in (await browser.open("/connexion")).text


async def test_a_token_that_is_no_longer_valid_is_said_on_the_page(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["VerifyAccount"] = InvalidArgument("verification_invalid")
    answer = await browser.send("/verifier?token=abc", "/verifier")
    assert answer.status_code == 422
    assert "n’est plus valable" in answer.text
    services.replies["VerifyAccount"] = ResourceExhausted("rate_limited")
    assert (await browser.send("/verifier?token=abc", "/verifier")).status_code == 429


async def test_a_new_password_is_set_and_a_weak_one_is_asked_for_again(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    password = "canary sesame & 42"
    services.replies["ConfirmPasswordReset"] = InvalidArgument("password_weak", field="password")
    refused = await browser.send("/reinitialiser?token=abc", "/reinitialiser", password=password)
    assert refused.status_code == 422
    assert 'aria-invalid="true" aria-describedby="password-hint password-error"' in refused.text
    assert hidden_fields(refused.text, "/reinitialiser")["token"] == "abc"
    assert "canary" not in refused.text
    services.reset()
    taken = await browser.send("/reinitialiser?token=abc", "/reinitialiser", password=password)
    assert "est enregistré" in (await browser.follow(taken)).text
    assert services.asked("ConfirmPasswordReset")[0].password == password


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.path)
async def test_every_form_needs_the_token_of_a_page_in_the_same_browser(
    browser: Browser, services: ServicesOnTheWire, route: APIRoute
) -> None:
    path = path_of(route)
    foreign = Browser(httpx.AsyncClient(transport=browser.http._transport, base_url=browser.http.base_url))
    theirs = hidden_fields((await foreign.open("/connexion")).text, "/connexion")["csrf"]
    await browser.open("/connexion")
    for cookie in ("", f"{COOKIE}=claires-token"):
        services.calls.clear()
        for token in (None, "", "x", "é" * 20, theirs):
            data = {"email": "typed@example.com", **({} if token is None else {"csrf": token})}
            headers = {**HTML, **({"Cookie": cookie} if cookie else {})}
            answer = await browser.http.post(path, data=data, headers=headers)
            assert answer.status_code in (303, 403), answer.text
            if answer.status_code == 303:
                assert re.match(r"/$|/connexion|/entreprises", answer.headers["location"])
        assert not {name for name, _ in services.calls} - READS


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.path)
async def test_every_form_refuses_a_field_that_it_does_not_have(
    app: FastAPI, browser: Browser, services: ServicesOnTheWire, route: PageRoute
) -> None:
    path = path_of(route)
    await browser.open("/connexion")
    # A page of signing in leads whoever has a session elsewhere: it is tried without one too.
    for session in ("claires-token", ""):
        if session:
            browser.http.cookies.set(COOKIE, session)
        else:
            del browser.http.cookies[COOKIE]
        token = csrf_token(app.state.own, session or browser.http.cookies[VISIT_COOKIE])
        fields = {**dict.fromkeys(route.fields, "x"), "csrf": token, "unheard_of": "administrator"}
        answer = await browser.http.post(path, data=fields, headers=HTML)
        if answer.status_code != 303:
            break
    assert answer.status_code == 422, answer.headers
    assert "Ce champ n’existe pas ici" in answer.text
    assert not {name for name, _ in services.calls} - READS


async def test_what_was_typed_is_kept_when_a_form_has_no_token(browser: Browser) -> None:
    typed = {"full_name": "Claire O'Brien", "email": "claire@example.com", "password": "canary canary 42"}
    answer = await browser.http.post("/inscription", data=typed, headers=HTML)
    assert answer.status_code == 403
    assert 'value="Claire O&#39;Brien"' in answer.text
    assert "canary" not in answer.text
    assert "Envoi refusé" in answer.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 403),
        (b"token=a%00b", 403),
        (b"token=%ff", 400),
        (b"token=\xff", 400),
        (b"token=a&token=b", 400),
        (b"a&b", 400),
        (b"token=" + b"a" * 70_000, 413),
    ],
)
async def test_a_broken_form_is_refused(http: httpx.AsyncClient, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await http.post("/verifier", content=content, headers=headers)).status_code == status


async def test_a_form_of_another_type_is_refused(http: httpx.AsyncClient) -> None:
    assert (await http.post("/verifier", json={"token": "abc"})).status_code == 415


async def test_people_get_a_page_for_what_does_not_exist_and_clients_a_problem(
    http: httpx.AsyncClient,
) -> None:
    page = await http.get("/nowhere", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Introuvable" in page.text
    client = await http.get("/nowhere")
    assert client.headers["content-type"] == "application/problem+json"
    assert (await http.get("/static/..%2Fapp.py/portal.css", headers=HTML)).status_code == 404


async def test_pages_load_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    for path in (*LINKS, "/api/docs", "/connexion", "/inscription", "/nowhere"):
        text = (await http.get(path, headers=HTML)).text
        loaded = re.findall(r'(?:src|action|<link[^>]* href)="([^"]*)"', text)
        assert loaded
        assert all(address.startswith(("/", "#end")) for address in loaded), loaded
        assert 'href="http' not in text
        assert "style=" not in text
        assert not re.search(r"<script(?! src=)|\son\w+=", text)


async def test_style_and_script_are_compressed_and_kept_for_a_year(http: httpx.AsyncClient) -> None:
    for asset in ASSETS.values():
        answer = await http.get(asset.path)
        assert (answer.status_code, answer.content) == (200, asset.content)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        plain = await http.get(asset.path, headers={"Accept-Encoding": "identity"})
        assert plain.content == asset.content
        old = await http.get(f"/static/{'0' * 16}/{asset.name}")
        assert "immutable" not in old.headers["cache-control"]


async def test_the_policy_of_pages_lets_in_our_own_files_alone(http: httpx.AsyncClient) -> None:
    policy = (await http.get("/connexion", headers=HTML)).headers["content-security-policy"]
    assert policy.split("; ") == [
        *("default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'"),
        *("img-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"),
    ]


async def test_a_message_that_is_not_ours_is_not_said(browser: Browser) -> None:
    page = await browser.follow(await browser.send("/verifier?token=abc", "/verifier"))
    assert "est vérifiée" in page.text
    await browser.send("/verifier?token=abc", "/verifier")
    ours = base64.urlsafe_b64decode(browser.http.cookies[MESSAGE_COOKIE])
    forged = base64.urlsafe_b64encode(ours[:32] + ours[32:].replace(b"verified", b"password_set")).decode()
    for cookie in (forged, "", "x", "é", base64.urlsafe_b64encode(b"[]").decode()):
        headers = [*HTML.items(), ("Cookie", f"{MESSAGE_COOKIE}={cookie}")]
        browser.http.cookies.clear()
        raw = [(name.encode(), value.encode()) for name, value in headers]
        answer = await browser.http.get("/connexion", headers=raw)
        assert answer.status_code == 200
        assert 'role="status"' not in answer.text


async def test_whoever_is_suspended_is_told_so(http: httpx.AsyncClient, services: ServicesOnTheWire) -> None:
    suspended = Membership()
    suspended.CopyFrom(MEMBERSHIP)
    suspended.state = Membership.STATE_SUSPENDED
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[suspended])
    answer = await http.get(f"/entreprises/{SIREN}", headers={**HTML, "Cookie": f"{COOKIE}=claires-token"})
    assert answer.status_code == 409
    assert "est suspendu" in answer.text


async def test_the_style_guide_is_for_a_developers_machine(http: httpx.AsyncClient) -> None:
    assert (await http.get("/style", headers=HTML)).status_code == 404


async def test_a_member_of_one_company_is_not_found_in_another(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    for path in ("", "/outils", "/utilisateurs", "/utilisateurs/membres", "/bienvenue", "/depart"):
        headers = {**HTML, "Cookie": f"{COOKIE}=claires-token"}
        answer = await http.get(f"/entreprises/552032534{path}", headers=headers)
        assert answer.status_code == 404, path


async def test_what_was_typed_outlives_services_that_are_away(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    browser.http.cookies.set(COOKIE, "claires-token")
    page = hidden_fields((await browser.open("/compte")).text, "/compte")
    services.replies["GetSession"] = Unavailable("database")
    typed = {**page, "full_name": "Claire O'Brien", "password": "canary canary 42"}
    answer = await browser.http.post("/compte", data=typed, headers=HTML)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    again = hidden_fields(answer.text, "/compte")
    assert again["full_name"] == "Claire O'Brien"
    assert "canary" not in answer.text
    services.reset()
    assert (await browser.http.post("/compte", data=again, headers=HTML)).status_code in (303, 422)


def test_numbers_do_not_break_in_either_language() -> None:
    assert typeset("Example: 4829 1306 of 20 people.", "en") == "Example: 4829\u202f1306 of 20 people."


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "mardi 1er\u00a0décembre à\u00a09\u00a0h\u00a000"),
        ("en", "Tuesday 1\u00a0December at\u00a009:00"),
    ],
)
def test_the_first_of_a_month_is_written_as_the_language_does(language: str, text: str) -> None:
    assert long_time(datetime(2026, 12, 1, 8, tzinfo=UTC), language) == text


def test_french_texts_do_not_break_before_a_sign_or_inside_a_number() -> None:
    assert typeset({"a": ["Où le trouver ? « Ici » : 732 829 320 ; non !"]}, "fr") == {
        "a": ["Où le trouver\u202f? «\u00a0Ici\u00a0»\u00a0: 732\u202f829\u202f320\u202f; non\u202f!"]
    }
