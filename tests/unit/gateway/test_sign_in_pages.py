"""Signing up and signing in on pages."""

import pytest

from guichet.identity.v1.identity_service_pb2 import CreateAccountResponse, ResendVerificationResponse
from services.gateway.app import MODULES
from services.gateway.pages.route import PageRoute
from services.platform.errors import InvalidArgument
from tests.system.browser import HTML, Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import LATER, ServicesOnTheWire

LINKS = ["/verifier?token=abc", "/reinitialiser?token=abc"]
FORMS = [
    route
    for module in MODULES
    for route in module.router.routes
    if isinstance(route, PageRoute) and route.methods == {"POST"}
]


async def test_a_reset_link_that_is_refused_leads_to_another(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ConfirmPasswordReset"] = InvalidArgument("reset_invalid", field="token")
    answer = await browser.send("/reinitialiser?token=abc", "/reinitialiser", password="sesame sesame 42")
    assert answer.status_code == 422
    assert 'class="button" href="/mot-de-passe-oublie"' in answer.text
    assert 'value="abc"' not in answer.text


async def test_a_verification_link_that_is_refused_is_not_offered_again(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["VerifyAccount"] = InvalidArgument("verification_invalid", field="token")
    answer = await browser.send("/verifier?token=abc", "/verifier")
    assert answer.status_code == 422
    assert "/verifier/nouveau-code" in answer.text
    assert 'value="abc"' not in answer.text


async def test_signing_in_twice_tells_identity_of_the_session_that_is_replaced(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    browser.http.cookies.set(COOKIE, "brunos-token")
    fields = hidden_fields((await browser.open("/verifier")).text, "/langue")
    fields |= {"email": "claire@example.com", "password": "sesame sesame 42", "next": ""}
    answer = await browser.http.post("/connexion", data=fields, headers=HTML)
    assert answer.status_code == 303
    assert [request.present_token for request in services.asked("CreateSession")] == ["brunos-token"]


async def test_a_stale_sign_in_page_leads_whoever_is_signed_in_by_now_home(browser: Browser) -> None:
    stale = hidden_fields((await browser.open("/connexion")).text, "/connexion")
    credentials = {"email": "claire@example.com", "password": "sesame sesame 42"}
    await browser.send("/connexion", "/connexion", **credentials)
    answer = await browser.http.post("/connexion", data={**stale, **credentials}, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for path in ("/langue", "/deconnexion"):
        refused = await browser.http.post(path, data=stale, headers=HTML)
        assert refused.status_code == 403
        assert "Envoi refusé" in refused.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//[",
        "http://[x",
        "//ex\u2100mple",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "/a\r\nb",
    ],
)
async def test_signing_in_leads_to_no_other_site(browser: Browser, elsewhere: str) -> None:
    credentials = {"email": "claire@example.com", "password": "sesame sesame 42"}
    answer = await browser.send("/connexion", "/connexion", next=elsewhere, **credentials)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await browser.http.get("/connexion", params={"next": elsewhere}, headers=HTML)).status_code < 400


async def test_signing_in_opens_a_session_by_cookie_and_leads_back(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    credentials = {"email": "claire@example.com", "password": "sesame sesame 42"}
    answer = await browser.send("/connexion?next=/verifier%3Ftoken%3Da", "/connexion", **credentials)
    assert answer.headers["location"] == "/verifier?token=a"
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE))
    for attribute in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert attribute in cookie
    assert (await browser.open("/connexion")).headers["location"] == "/"
    out = await browser.http.post(
        "/deconnexion",
        data=hidden_fields((await browser.open("/verifier")).text, "/deconnexion"),
        headers=HTML,
    )
    assert "Vous êtes déconnecté" in (await browser.follow(out)).text
    assert [request.token for request in services.asked("DeleteSession")] == ["claires-token"]


async def test_signing_up_leads_to_the_code_and_says_from_when_another_may_be_asked(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["CreateAccount"] = CreateAccountResponse(next_time=LATER)
    services.replies["ResendVerification"] = ResendVerificationResponse(next_time=LATER)
    typed = {"full_name": "Claire Morel", "email": "claire+x@example.com", "password": "sesame sesame 42"}
    answer = await browser.send("/inscription", "/inscription", locale="fr", **typed)
    page = await browser.follow(answer)
    assert "vers claire+x@example.com" in page.text
    assert f'data-not-before="{LATER.seconds}"' in page.text
    assert "Possible à partir de" in page.text
    again = await browser.send(answer.headers["location"], "/verifier/nouveau-code")
    assert "un nouveau code est en route" in (await browser.follow(again)).text
    verified = await browser.send(answer.headers["location"], "/verifier", code="4829 1306")
    assert verified.headers["location"] == "/connexion"
    asked = services.asked("VerifyAccount")[0]
    assert (asked.email, asked.code) == ("claire+x@example.com", "4829 1306")


async def test_a_double_click_on_sign_up_is_one_sign_up(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    fields = hidden_fields((await browser.open("/inscription")).text, "/inscription")
    fields |= {"full_name": "Claire Morel", "email": "claire@example.com", "password": "sesame sesame 42"}
    for _ in range(2):
        await browser.http.post("/inscription", data=fields, headers=HTML)
    assert len({request.idempotency_key for request in services.asked("CreateAccount")}) == 1
