"""Cookies: whose they are, and how long what they say holds."""

import re
import time
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from guichet.identity.v1.identity_service_pb2 import ChangePasswordResponse
from services.gateway.openid.addresses import LOGOUT_CONFIRMATION_PATH, LOGOUT_PATH
from services.gateway.pages import visit
from services.gateway.session import csrf_token
from tests.system.browser import HTML, Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE, MESSAGE_COOKIE, VISIT_COOKIE, WANTED_COOKIE
from tests.unit.gateway.services_on_the_wire import LATER, ServicesOnTheWire

RESET = "/mot-de-passe-oublie"


async def test_over_tls_a_cookie_is_this_hosts_alone(http: httpx.AsyncClient) -> None:
    [kept] = (await http.get("/connexion", headers=HTML)).headers.get_list("set-cookie")
    assert kept.startswith("__Host-guichet_visit=")
    assert {one.strip().lower() for one in kept.split(";")[1:]} == {
        *("httponly", "path=/", "samesite=lax", "secure")
    }


async def test_without_tls_a_cookie_has_its_plain_name(app: FastAPI, http: httpx.AsyncClient) -> None:
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"public_url": "http://localhost:8080"})
    try:
        answer = await http.get("/connexion", headers=HTML)
    finally:
        app.state.settings = settings
    [kept] = answer.headers.get_list("set-cookie")
    assert kept.startswith("guichet_visit=")
    assert "secure" not in kept.lower()


async def test_a_cookie_without_the_prefix_counts_for_nothing(browser: Browser) -> None:
    browser.http.cookies.set(COOKIE.removeprefix("__Host-"), "claires-token")
    answer = await browser.open("/compte")
    assert (answer.status_code, answer.headers["location"][:10]) == (303, "/connexion")


async def test_a_cookie_is_taken_back_as_it_was_set(browser: Browser) -> None:
    browser.http.cookies.set(COOKIE, "claires-token")
    kept = (await browser.send_own("/compte", "/deconnexion")).headers.get_list("set-cookie")
    [taken] = [one for one in kept if one.startswith(f"{COOKIE}=")]
    assert re.search(r"max-age=0", taken, re.IGNORECASE)
    assert "secure" in taken.lower()


@pytest.mark.parametrize("planted", ["A" * 22, f"{'A' * 22}.{'A' * 43}", "."])
async def test_a_visit_that_we_did_not_begin_lets_no_form_through(
    app: FastAPI, browser: Browser, planted: str
) -> None:
    cookies = {"Cookie": f"{VISIT_COOKIE}={planted}"}
    token = csrf_token(app.state.own, planted)
    fields = {"csrf": token, "email": "claire@example.com"}
    answer = await browser.http.post(RESET, data=fields, headers={**HTML, **cookies})
    assert answer.status_code == 403
    begun = await browser.http.get(RESET, headers={**HTML, **cookies})
    assert begun.cookies[VISIT_COOKIE]


async def test_a_message_is_said_for_two_minutes_whatever_the_browser_keeps(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await browser.send(RESET, RESET, email="claire@example.com")
    message = sent.cookies[MESSAGE_COOKIE]
    assert "claire@example.com" in (await browser.follow(sent)).text
    for seconds, said in ((110, True), (130, False)):
        clock = SimpleNamespace(time=lambda seconds=seconds: time.time() + seconds)
        monkeypatch.setattr(visit, "time", clock)
        browser.http.cookies.set(MESSAGE_COOKIE, message)
        assert ("claire@example.com" in (await browser.open("/connexion")).text) is said
        monkeypatch.undo()


def become(browser: Browser, session: str, message: str) -> None:
    """Gives the browser the cookies of a session, or of none, and a message that was left in it."""
    browser.http.cookies.clear()
    for name, value in ((COOKIE, session), (MESSAGE_COOKIE, message)):
        if value:
            browser.http.cookies.set(name, value)


@pytest.mark.parametrize(("token", "said"), [("claires-token", True), ("brunos-token", False), ("", False)])
async def test_a_message_is_said_to_the_session_that_it_was_left_for_alone(
    browser: Browser, token: str, *, said: bool
) -> None:
    browser.http.cookies.set(COOKIE, "claires-token")
    sent = await browser.send_own("/compte", "/compte", full_name="Claire Morel", locale="fr")
    assert (sent.status_code, MESSAGE_COOKIE in sent.cookies) == (303, True)
    become(browser, token, sent.cookies[MESSAGE_COOKIE])
    page = await browser.open("/compte" if token else "/connexion")
    assert ('role="status"' in page.text) is said


async def test_a_message_follows_to_the_session_that_its_answer_opens(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    services.replies["ChangePassword"] = ChangePasswordResponse(token="brunos-token", expire_time=LATER)
    become(browser, "claires-token", "")
    page = "/compte/mot-de-passe"
    changed = await browser.send(page, page, current_password="x", new_password="y")
    become(browser, changed.cookies[COOKIE], changed.cookies[MESSAGE_COOKIE])
    assert 'role="status"' in (await browser.follow(changed)).text


@pytest.mark.parametrize(
    ("page", "form"), [("/deconnexion", "/deconnexion"), (LOGOUT_PATH, f"{LOGOUT_CONFIRMATION_PATH}?")]
)
async def test_whoever_signs_out_is_told_so(browser: Browser, page: str, form: str) -> None:
    become(browser, "claires-token", "")
    gone = await browser.send(page, form)
    become(browser, "", gone.cookies[MESSAGE_COOKIE])
    assert "Vous êtes déconnecté" in (await browser.follow(gone)).text


async def wanted_at_sign_in(browser: Browser) -> str:
    return hidden_fields((await browser.open("/connexion")).text, "/connexion")["next"]


async def test_where_somebody_wanted_to_go_is_kept_for_an_hour(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await browser.send(f"{RESET}?next=/demandes/1", RESET, email="claire@example.com")
    attributes = next(one for one in kept.headers.get_list("set-cookie") if one.startswith(WANTED_COOKIE))
    assert "httponly" in attributes.lower()
    for seconds, wanted in ((3500, "/demandes/1"), (3700, "")):
        clock = SimpleNamespace(time=lambda seconds=seconds: time.time() + seconds)
        monkeypatch.setattr(visit, "time", clock)
        assert await wanted_at_sign_in(browser) == wanted
        monkeypatch.undo()


async def test_only_what_we_kept_ourselves_says_where_to_go_on(browser: Browser) -> None:
    sent = await browser.send(f"{RESET}?next=/demandes/1", RESET, email="claire@example.com")
    ours, message = sent.cookies[WANTED_COOKIE], sent.cookies[MESSAGE_COOKIE]
    for planted in ("/demandes/1", message, f"{ours[:-8]}{'A' * 8}", "AAAA", ""):
        browser.http.cookies.set(WANTED_COOKIE, planted)
        assert await wanted_at_sign_in(browser) == ""
    browser.http.cookies.set(MESSAGE_COOKIE, ours)
    assert (await browser.open("/connexion")).status_code == 200


async def test_what_is_too_long_for_a_cookie_is_not_kept(browser: Browser) -> None:
    sent = await browser.send(f"{RESET}?next=/{'a' * 4000}", RESET, email="claire@example.com")
    assert sent.status_code == 303
    assert WANTED_COOKIE not in sent.cookies
