"""Who signs on, for which company and with whose consent: what is shown, and what `prompt` changes."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.company.v1.company_pb2 import ROLE_ADMINISTRATOR, ROLE_MEMBER, Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from guichet.identity.v1.sign_on_service_pb2 import GetSignOnResponse, GetToolResponse
from guichet.identity.v1.tool_pb2 import Tool
from services.platform.errors import Unavailable
from tests.system.browser import Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import CALLBACK, GOOD, HTML, path, told
from tests.unit.gateway.services_on_the_wire import AT, MEMBERSHIP, MEMO, PENDING, SIREN, ServicesOnTheWire

OTHER_SIREN = "552100554"
OTHER = Membership(
    id="membership-9",
    account_id="claire",
    siren=OTHER_SIREN,
    company_name="Zinc & Fils",
    role=ROLE_MEMBER,
    state=Membership.STATE_ACTIVE,
)
NOW = Timestamp()
NOW.GetCurrentTime()


@pytest.fixture
def signed_in(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.cookies.set(COOKIE, "claires-token")
    http.headers.update(HTML)
    return http


@pytest.fixture
def two_companies(services: ServicesOnTheWire) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[MEMBERSHIP, OTHER])


def changed_memo(services: ServicesOnTheWire, **client: bool) -> Tool:
    tool = Tool()
    tool.CopyFrom(MEMO)
    for name, value in client.items():
        setattr(tool.client, name, value)
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    return tool


def signed_on(services: ServicesOnTheWire, *, scopes: str = "", siren: str = "", at: Timestamp = AT) -> None:
    services.replies["GetSignOn"] = GetSignOnResponse(
        consented_scopes=scopes.split(), siren=siren, auth_time=at, amr=["pwd"]
    )


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


async def test_only_a_tools_own_origin_may_follow_the_sign_in_form(http: httpx.AsyncClient) -> None:
    for bad in ({"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}):
        answer = await http.get("/connexion", params={"next": path({**GOOD, **bad})}, headers=HTML)
        assert "form-action 'self';" in answer.headers["content-security-policy"]


async def test_one_company_is_not_asked_for(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[0].siren == SIREN


async def test_for_a_tool_that_asks_for_no_company_one_is_kept_and_none_is_chosen(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    told(await signed_in.get(path({**GOOD, "scope": "openid"})))
    assert services.asked("CreateGrant")[0].siren in (SIREN, OTHER_SIREN)


async def test_one_of_several_companies_is_chosen_by_a_link(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, services.asked("CreateGrant")) == (200, [])
    for siren in (SIREN, OTHER_SIREN):
        [link] = [one for one in links(page.text) if f"siren_hint={siren}" in one]
        told(await signed_in.get(link))
        assert services.asked("CreateGrant")[-1].siren == siren


def links(page: str) -> list[str]:
    return [part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]


@pytest.mark.parametrize("hint", ["356000000", "7328", "' or 1=1", "٧٣٢٨٢٩٣٢٠"])
async def test_a_hint_at_a_company_that_one_is_not_in_helps_nobody(
    hint: str, signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    page = await signed_in.get(path({**GOOD, "siren_hint": hint}))
    assert (page.status_code, services.asked("CreateGrant")) == (200, [])


async def test_the_company_of_the_sign_on_before_is_kept_unless_another_is_meant(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    signed_on(services, siren=OTHER_SIREN)
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == OTHER_SIREN
    told(await signed_in.get(path({**GOOD, "siren_hint": SIREN})))
    assert services.asked("CreateGrant")[-1].siren == SIREN
    shown = await signed_in.get(path({**GOOD, "prompt": "select_account"}))
    assert shown.status_code == 200
    launched = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert launched.headers["location"] == MEMO.url
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == SIREN


async def test_a_suspended_membership_opens_nothing(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    suspended = Membership()
    suspended.CopyFrom(MEMBERSHIP)
    suspended.state = Membership.STATE_SUSPENDED
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[suspended])
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, "est suspendu" in page.text) == (403, True)
    assert told(await signed_in.get(path({**GOOD, "prompt": "none"})))["error"] == "access_denied"


async def test_whoever_waits_for_an_answer_is_led_to_their_access_request(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(pending_access_requests=[PENDING])
    page = await signed_in.get(path(GOOD))
    assert (page.status_code, f"/demandes/{PENDING.id}" in links(page.text)) == (403, True)


async def test_only_companies_whose_role_opens_the_tool_are_offered(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire, two_companies: None
) -> None:
    tool = changed_memo(services)
    tool.roles.append("administrator")
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    assert MEMBERSHIP.role == ROLE_ADMINISTRATOR
    told(await signed_in.get(path(GOOD)))
    assert services.asked("CreateGrant")[-1].siren == SIREN
    hinted = await signed_in.get(path({**GOOD, "siren_hint": OTHER_SIREN}))
    assert hinted.status_code == 200
    assert f"siren_hint={SIREN}" in hinted.text
    assert len(services.asked("CreateGrant")) == 1


async def test_begins_where_the_tool_wants_a_sign_on_to_begin(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = changed_memo(services)
    tool.client.initiate_login_uri = "https://memo.example.org/begin?from=portal"
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    answer = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert (
        answer.headers["location"]
        == "https://memo.example.org/begin?from=portal&iss=https%3A%2F%2Fportal.example.org"
    )


async def test_a_card_of_a_closed_tool_says_that_it_is_closed(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = changed_memo(services)
    tool.disabled = True
    services.replies["GetTool"] = GetToolResponse(tool=tool)
    answer = await signed_in.get(f"/entreprises/{SIREN}/outils/memo")
    assert answer.status_code == 403
    assert "est fermé pour le moment" in answer.text.replace("\u00a0", " ")


async def test_nothing_is_told_before_the_person_consents(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    page = await signed_in.get(path({**GOOD, "scope": "openid email company"}))
    assert services.asked("CreateGrant") == []
    assert "<b>Ateliers Morel</b>, et le rôle que vous y avez" in page.text.replace("\u00a0", " ")
    assert "<b>Administrateur</b>" in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    [action] = [one for one in page.text.split('action="') if one.startswith("/oauth2/authorize/consent")]
    action = action.split('"')[0].replace("&amp;", "&")
    fields = hidden_fields(page.text, action)
    refused = await signed_in.post(action, data={**fields, "verdict": "deny"})
    assert told(refused)["error"] == "access_denied"
    allowed = await signed_in.post(action, data={**fields, "verdict": "allow"})
    assert "code" in told(allowed)
    [granted] = services.asked("CreateGrant")
    assert (granted.consented, granted.scope, granted.siren) == (True, "openid email company", SIREN)


async def test_consent_is_not_given_by_another_site(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    action = path(GOOD).replace("authorize", "authorize/consent")
    token = hidden_fields((await signed_in.get(path(GOOD))).text, action + f"&siren_hint={SIREN}")["csrf"]
    signed_in.cookies.set(COOKIE, "brunos-token")
    for fields in ({}, {"csrf": ""}, {"csrf": "x" * 55}, {"csrf": token}):
        answer = await signed_in.post(action, data={**fields, "verdict": "allow"})
        assert (answer.status_code, "location" in answer.headers) == (403, False)
    get = await signed_in.get(f"{action}&verdict=allow")
    assert get.status_code == 405
    assert services.asked("CreateGrant") == []


async def test_consent_is_asked_once_for_the_same_scope(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    changed_memo(services, asks_consent=True)
    signed_on(services, scopes="openid company")
    told(await signed_in.get(path(GOOD)))
    assert (await signed_in.get(path({**GOOD, "scope": "openid company email"}))).status_code == 200
    assert (await signed_in.get(path({**GOOD, "prompt": "consent"}))).status_code == 200


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


async def test_a_page_that_says_no_leads_back_to_the_tool(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    page = await signed_in.get(path(GOOD))
    [back] = [link for link in links(page.text) if link.startswith(CALLBACK)]
    assert dict(parse_qsl(urlsplit(back).query)) == {
        "error": "access_denied",
        "state": "a state",
        "iss": "https://portal.example.org",
    }
