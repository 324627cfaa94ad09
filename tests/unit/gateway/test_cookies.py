"""Cookies: whose they are, and how long what they say holds."""

import re
import time
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.pages import visit
from services.gateway.session import csrf_token
from tests.system.browser import HTML, Browser
from tests.unit.gateway.cookies import COOKIE, MESSAGE_COOKIE, VISIT_COOKIE

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
