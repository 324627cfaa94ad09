"""Who proves who they are before a sign-on, and what a tool is told where no page may ask."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from services.platform.errors import Unavailable
from tests.system.browser import Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import GOOD, HTML, path, told
from tests.unit.gateway.openid.standing import OTHER, changed_memo, signed_on
from tests.unit.gateway.services_on_the_wire import MEMBERSHIP, ServicesOnTheWire

NOW = Timestamp()
NOW.GetCurrentTime()


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    asked = path({**GOOD, "login_hint": "claire@example.com", "ui_locales": "de en-GB fr"})
    answer = await http.get(asked, headers=HTML)
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert (address.path, parse_qs(address.query)) == (
        "/connexion",
        {"next": [asked], "email": ["claire@example.com"]},
    )
    browser = Browser(http)
    page = await browser.follow(answer)
    assert 'value="claire@example.com"' in page.text
    assert '<html lang="en">' in page.text
    assert "Sign in to open Memo." in page.text
    assert f"form-action 'self' {'https://memo.example.org'};" in page.headers["content-security-policy"]
    signed = await browser.send(
        answer.headers["location"], "/connexion", email="claire@example.com", password="x"
    )
    assert signed.headers["location"] == asked
    assert "code" in told(await browser.follow(signed))


async def test_the_second_step_of_signing_in_names_the_tool_that_it_opens(http: httpx.AsyncClient) -> None:
    step = "/connexion/second-facteur"
    assert "pour ouvrir Mémo" in (await http.get(step, params={"next": path(GOOD)}, headers=HTML)).text
    assert "pour ouvrir" not in (await http.get(step, params={"next": "/compte"}, headers=HTML)).text


async def test_only_a_tools_own_origin_may_follow_the_sign_in_form(http: httpx.AsyncClient) -> None:
    for bad in ({"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}):
        answer = await http.get("/connexion", params={"next": path({**GOOD, **bad})}, headers=HTML)
        assert "form-action 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("asks", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "3600"}])
async def test_proving_again_is_asked_even_of_whoever_is_signed_in(
    asks: dict[str, str], signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    signed_on(services, at=Timestamp(seconds=NOW.seconds - 7200))
    browser = Browser(signed_in)
    away = await browser.open(path({**GOOD, **asks}))
    address = urlsplit(away.headers["location"])
    assert address.path == "/connexion"
    page = await browser.follow(away)
    assert (page.status_code, 'name="password"' in page.text) == (200, True)
    assert "une fois de plus" in page.text.replace("\u00a0", " ")
    back = dict(parse_qsl(address.query))["next"]
    assert urlsplit((await browser.open(back)).headers["location"]).path == "/connexion"
    fresh = Timestamp()
    fresh.GetCurrentTime()
    signed_on(services, at=fresh)
    assert "code" in told(await browser.open(back))
    # The marker is that request's alone.
    if "prompt" in asks:
        assert (await browser.open(back.replace("a+nonce", "another"))).status_code == 303
        assert (
            urlsplit((await browser.open(back.replace("a+nonce", "another"))).headers["location"]).path
            == "/connexion"
        )
        forged = back.replace(f"proof_after={NOW.seconds - 7200}", "proof_after=0")
        assert urlsplit((await browser.open(forged)).headers["location"]).path == "/connexion"


async def test_a_marker_made_where_nobody_was_signed_in_excuses_nobody_who_signed_in_long_ago(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    away = await http.get(path({**GOOD, "prompt": "login"}), headers=HTML)
    marked = dict(parse_qsl(urlsplit(away.headers["location"]).query))["next"]
    http.cookies.set(COOKIE, "claires-token")
    signed_on(services, at=Timestamp(seconds=NOW.seconds - 7200))
    assert urlsplit((await http.get(marked, headers=HTML)).headers["location"]).path == "/connexion"
    fresh = Timestamp()
    fresh.GetCurrentTime()
    signed_on(services, at=fresh)
    assert "code" in told(await http.get(marked, headers=HTML))


async def test_a_wrong_password_keeps_asking_for_the_proof(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    browser = Browser(signed_in)
    away = await browser.open(path({**GOOD, "prompt": "login"}))
    empty = await browser.send(away.headers["location"], "/connexion", email="", password="")
    assert empty.status_code == 422
    assert hidden_fields(empty.text, "/connexion").keys() == {"csrf", "next", "again"}


async def test_a_recent_proof_is_enough_for_max_age(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    signed_on(services, at=NOW)
    assert "code" in told(await signed_in.get(path({**GOOD, "max_age": "3600"})))


SILENT = {"prompt": "none"}


async def test_without_a_page_each_thing_that_is_missing_has_its_error(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    silent = path({**GOOD, **SILENT})
    assert "code" in told(await signed_in.get(silent))
    changed_memo(services, asks_consent=True)
    assert told(await signed_in.get(silent))["error"] == "consent_required"
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[MEMBERSHIP, OTHER])
    assert told(await signed_in.get(silent))["error"] == "account_selection_required"
    assert told(await signed_in.get(path({**GOOD, **SILENT, "max_age": "1"})))["error"] == "login_required"
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    assert told(await signed_in.get(silent))["error"] == "access_denied"
    services.replies["GetOwnAccess"] = Unavailable("database")
    assert told(await signed_in.get(silent))["error"] == "temporarily_unavailable"
    signed_in.cookies.clear()
    assert told(await signed_in.get(silent))["error"] == "login_required"
