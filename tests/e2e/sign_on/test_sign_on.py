"""Signing on to a tool: what it learns, and for how long."""

from collections.abc import Iterator

import httpx
import pytest
from dirty_equals import IsInt, IsPartialDict, IsStr

from services.gateway.session import COOKIE
from tests.system.companies import Company
from tests.system.people import NewPerson, Person
from tests.system.relying_party import RelyingParty, browser_of, parameters_of
from tests.system.running import RunningSystem


async def test_a_tool_learns_who_signs_on_and_for_which_company(
    *,
    claire: Person,
    browser: httpx.AsyncClient,
    company: Company,
    notes: RelyingParty,
    system: RunningSystem,
) -> None:
    tokens = await notes.tokens(browser)
    scope = "openid profile email company offline_access"
    assert tokens == {
        "access_token": IsStr(min_length=30),
        "token_type": "Bearer",
        "expires_in": IsInt(ge=590, le=600),
        "scope": scope,
        "id_token": IsStr(),
        "refresh_token": IsStr(min_length=30),
    }
    about = {
        "sub": claire.id,
        "name": "Claire Morel",
        "locale": "fr",
        "email": claire.email,
        "email_verified": True,
        "siren": company.siren,
        "company_name": company.name,
        "company_role": "administrator",
    }
    assert await notes.claims(tokens["id_token"]) == IsPartialDict(
        iss=system.url, aud="notes", nonce=notes.nonce, amr=["pwd"], sid=IsStr(min_length=10), **about
    )
    for answer in (
        await notes.userinfo(tokens["access_token"]),
        await notes.http.post("/oauth2/userinfo", data={"access_token": tokens["access_token"]}),
    ):
        assert (answer.status_code, answer.json()) == (200, about)
        assert answer.headers["cache-control"] == "no-store"


async def test_a_tool_learns_no_more_than_its_scope(
    browser: httpx.AsyncClient, claire: Person, notes: RelyingParty
) -> None:
    tokens = await notes.tokens(browser, scope="openid email unheard_of")
    assert tokens["scope"] == "openid email"
    assert "refresh_token" not in tokens
    assert (await notes.userinfo(tokens["access_token"])).json() == {
        "sub": claire.id,
        "email": claire.email,
        "email_verified": True,
    }


@pytest.mark.parametrize("name", ["notes", "posted", "browserly", "signed", "older"])
async def test_every_kind_of_client_gets_tokens(
    name: str, browser: httpx.AsyncClient, tools: dict[str, RelyingParty]
) -> None:
    tool = tools[name]
    first = await tool.tokens(browser)
    claims = await tool.claims(first["id_token"])
    assert claims["aud"] == name
    second = await tool.refresh(first["refresh_token"])
    assert second.status_code == 200, second.text
    assert second.json() == IsPartialDict(scope=first["scope"], refresh_token=IsStr(), id_token=IsStr())
    assert (await tool.claims(second.json()["id_token"]))["sid"] == claims["sid"]


async def test_a_refresh_narrows_the_scope_and_never_widens_it(
    browser: httpx.AsyncClient, notes: RelyingParty
) -> None:
    tokens = await notes.tokens(browser, scope="openid email offline_access")
    wider = await notes.refresh(tokens["refresh_token"], scope="openid profile")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    narrower = await notes.refresh(tokens["refresh_token"], scope="openid")
    assert narrower.json()["scope"] == "openid"
    assert (await notes.userinfo(narrower.json()["access_token"])).json().keys() == {"sub"}


@pytest.mark.parametrize(
    "scope",
    ["openid profile email company offline_access", "openid offline_access"],
    ids=["all", "no company"],
)
async def test_a_lost_membership_is_true_at_the_next_call(
    *, claire: Person, company: Company, person: NewPerson, notes: RelyingParty, scope: str
) -> None:
    bruno = await person("Bruno Petit").joins()
    access_request_id = await bruno.submits(company)
    assert (await claire.decides(access_request_id, "approve")).status_code == 200
    async with browser_of(bruno) as browser:
        tokens = await notes.tokens(browser, scope=scope)
        code = await notes.code(browser, scope=scope)
    told = (await notes.userinfo(tokens["access_token"])).json()
    assert told.get("company_role") == ("member" if "company" in scope else None)
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("PATCH", path, {"state": "suspended"})).status_code == 200
    refused = await notes.userinfo(tokens["access_token"])
    assert (refused.status_code, refused.json()) == (401, {"error": "invalid_token"})
    assert refused.headers["www-authenticate"] == 'Bearer realm="guichet", error="invalid_token"'
    for answer in (await notes.exchange(code), await notes.refresh(tokens["refresh_token"])):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_role_that_is_lost_closes_its_tools_at_the_next_call(
    *, claire: Person, company: Company, person: NewPerson, tools: dict[str, RelyingParty]
) -> None:
    ruling, notes = tools["ruling"], tools["notes"]
    bruno = await person("Bruno Petit").joins()
    access_request_id = await bruno.submits(company)
    assert (await claire.decides(access_request_id, "approve", role="administrator")).status_code == 200
    async with browser_of(bruno) as browser:
        ruled, noted = await ruling.tokens(browser), await notes.tokens(browser)
    path = f"/companies/{company.siren}/members/{bruno.id}"
    assert (await claire.call("PATCH", path, {"role": "member"})).status_code == 200
    assert (await ruling.userinfo(ruled["access_token"])).status_code == 401
    told = await ruling.post("/oauth2/introspect", {"token": ruled["access_token"]})
    assert told.json() == {"active": False}
    assert (await ruling.refresh(ruled["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await notes.userinfo(noted["access_token"])).json()["company_role"] == "member"


async def test_signing_out_of_the_portal_ends_what_came_from_it(
    *, claire: Person, company: Company, person: NewPerson, notes: RelyingParty
) -> None:
    bruno = await person("Bruno Petit").joins()
    assert (await claire.decides(await bruno.submits(company), "approve")).status_code == 200
    async with browser_of(bruno) as browser:
        tokens = await notes.tokens(browser)
    assert (await bruno.call("DELETE", "/sessions/current")).status_code == 204
    assert (await notes.userinfo(tokens["access_token"])).status_code == 401
    assert (await notes.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_who_has_no_company_yet_is_led_to_add_one(person: NewPerson, notes: RelyingParty) -> None:
    async with browser_of(await person("Bruno Petit").joins()) as browser:
        page = await browser.get(notes.request())
        assert page.status_code == 403
        assert "/entreprises/ajouter" in page.text


async def test_a_role_that_may_not_open_a_tool_is_told_so_and_the_tool_too(
    *, claire: Person, company: Company, person: NewPerson, tools: dict[str, RelyingParty]
) -> None:
    ruling = tools["ruling"]
    async with browser_of(claire) as browser:
        assert "code" in parameters_of(await browser.get(ruling.request()))
    emma = await person("Emma Roy").joins()
    assert (await claire.decides(await emma.submits(company), "approve")).status_code == 200
    async with browser_of(emma) as browser:
        page = await browser.get(ruling.request())
        assert page.status_code == 403
        assert "réservé aux administrateurs" in page.text
        assert "error=access_denied" in page.text
        told = parameters_of(await browser.get(ruling.request(prompt="none")))
        assert told["error"] == "access_denied"
        launched = await browser.get(f"/entreprises/{company.siren}/outils/ruling")
        assert launched.status_code == 403


async def test_a_card_opens_its_tool_for_its_company(
    *, claire: Person, company: Company, companies: Iterator[Company], notes: RelyingParty
) -> None:
    second = next(companies)
    assert (await claire.asks_for(second)).status_code == 201
    async with browser_of(claire) as browser:
        for siren in (company.siren, second.siren, company.siren):
            launched = await browser.get(f"/entreprises/{siren}/outils/notes")
            assert (launched.status_code, launched.headers["location"]) == (303, notes.tool["url"])
            tokens = await notes.tokens(browser)
            assert (await notes.claims(tokens["id_token"]))["siren"] == siren
        # The sign-on of before says for which company the next one is.
        assert (await notes.claims((await notes.tokens(browser))["id_token"]))["siren"] == company.siren
        assert not [name for name in browser.cookies if name != COOKIE]
