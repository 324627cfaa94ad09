"""A company's home and its list of tools."""

from typing import Any

import httpx
import pytest

from guichet.company.v1.company_service_pb2 import (
    GetCompanyResponse,
    GetOwnAccessResponse,
    ListCompanyAccessRequestsResponse,
)
from guichet.identity.v1.sign_on_service_pb2 import ListToolsResponse
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.pages.rendering import templates
from services.identity.domain.tool import ICONS
from services.platform.errors import PermissionDenied
from tests.system.browser import Browser
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import BRUNOS_MEMBERSHIP, GED, MEMO, SIREN, ServicesOnTheWire

HOME = f"/entreprises/{SIREN}"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    http.cookies.set(COOKIE, "claires-token")
    return Browser(http)


def tool(**changes: Any) -> Tool:
    made = Tool()
    made.CopyFrom(GED)
    made.MergeFrom(Tool(**changes))
    return made


def publish(services: ServicesOnTheWire, *tools: Tool) -> None:
    services.replies["ListTools"] = ListToolsResponse(tools=tools)


async def test_an_administrator_sees_what_waits_and_a_plain_member_does_not(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    page = (await browser.open(HOME)).text
    assert "Une demande attend votre décision" in page
    assert "Bonjour Claire" in page
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[BRUNOS_MEMBERSHIP])
    services.replies["ListCompanyAccessRequests"] = PermissionDenied("not_an_administrator")
    page = (await browser.open(HOME)).text
    assert "attend votre décision" not in page
    assert f"{HOME}/utilisateurs" not in page


async def test_nothing_is_said_where_nothing_waits(browser: Browser, services: ServicesOnTheWire) -> None:
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse()
    assert "votre décision" not in (await browser.open(HOME)).text


async def test_the_only_administrator_is_told_to_bring_a_second(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    company = services.replies["GetCompany"]
    assert isinstance(company, GetCompanyResponse)
    for count in (1, 2):
        company.company.active_administrator_count = count
        assert ("Vous êtes seul administrateur" in (await browser.open(HOME)).text) == (count == 1)
        leaving = (await browser.open(f"{HOME}/depart")).text
        assert ("Seul administrateur" in leaving) == (count == 1)


async def test_four_tools_are_on_the_home_page_and_all_on_their_own(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    assert "Tous les outils" not in (await browser.open(HOME)).text
    publish(services, *(tool(id=f"ged-{n}", url=f"https://{n}.example.org/") for n in range(5)))
    home = (await browser.open(HOME)).text
    assert "Tous les outils" in home
    assert home.count(".example.org/") == 4
    assert (await browser.open(f"{HOME}/outils")).text.count(".example.org/") == 5


async def test_a_tool_with_sign_on_opens_through_the_portal(browser: Browser) -> None:
    seen = (await browser.open(f"{HOME}/outils")).text
    assert f'href="{HOME}/outils/memo"' in seen
    assert MEMO.url not in seen
    assert f'href="{GED.url}"' in seen


async def test_a_tool_that_one_may_not_open_says_why_and_is_no_link(
    browser: Browser, services: ServicesOnTheWire
) -> None:
    publish(services, tool(roles=["administrator"]), tool(id="memo", roles=["member"]))
    seen = (await browser.open(f"{HOME}/outils")).text
    assert "Ouvert aux administrateurs" in seen
    assert "Réservé aux membres qui n’administrent pas" in seen
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[BRUNOS_MEMBERSHIP])
    seen = (await browser.open(f"{HOME}/outils")).text
    assert "Réservé aux administrateurs de l’entreprise" in seen
    assert "Ouvert aux simples membres" in seen
    assert seen.count(GED.url) == 1


async def test_an_empty_catalogue_is_said(browser: Browser, services: ServicesOnTheWire) -> None:
    publish(services)
    assert "Aucun outil pour l’instant" in (await browser.open(f"{HOME}/outils")).text


async def test_a_stranger_finds_no_company(browser: Browser, services: ServicesOnTheWire) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    for path in (HOME, f"{HOME}/outils", f"{HOME}/depart", "/entreprises/12345"):
        assert (await browser.open(path)).status_code == 404


@pytest.mark.parametrize("icon", ICONS)
def test_every_icon_of_the_catalogue_is_drawn(icon: str) -> None:
    module = templates.get_template("icons.html").module
    assert "<svg" in getattr(module, icon)()
