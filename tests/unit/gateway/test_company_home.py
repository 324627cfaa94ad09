"""A company's home and its list of tools."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI

from guichet.company.v1.company_service_pb2 import (
    GetCompanyResponse,
    GetOwnAccessResponse,
    ListCompanyAccessRequestsResponse,
)
from services.gateway.pages.rendering import templates
from services.gateway.session import COOKIE
from services.gateway.tools import Icon, load_catalogue
from services.platform.errors import PermissionDenied
from tests.system.browser import Browser
from tests.unit.gateway.services_on_the_wire import BRUNOS_MEMBERSHIP, SIREN, ServicesOnTheWire

HOME = f"/entreprises/{SIREN}"
WORDS = {"fr": "Ged", "en": "Documents"}
GED: dict[str, Any] = {"id": "ged", "name": WORDS, "description": WORDS, "url": "https://ged.example.org/"}


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    http.cookies.set(COOKIE, "claires-token")
    return Browser(http)


@pytest.fixture
def catalogue(app: FastAPI, tmp_path: Path) -> Iterator[Path]:
    """Where a test writes the catalogue that the gateway then has."""
    usual = app.state.catalogue
    yield tmp_path / "tools.json"
    app.state.catalogue = usual


def publish(app: FastAPI, file: Path, *tools: dict[str, Any]) -> None:
    file.write_text(json.dumps(tools))
    app.state.catalogue = load_catalogue(file)


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
    browser: Browser, app: FastAPI, catalogue: Path
) -> None:
    assert "Tous les outils" not in (await browser.open(HOME)).text
    publish(
        app,
        catalogue,
        *({**GED, "id": f"ged-{number}", "url": f"https://{number}.example.org/"} for number in range(5)),
    )
    home = (await browser.open(HOME)).text
    assert "Tous les outils" in home
    assert home.count(".example.org/") == 4
    assert (await browser.open(f"{HOME}/outils")).text.count(".example.org/") == 5


async def test_a_tool_that_one_may_not_open_says_why_and_is_no_link(
    browser: Browser, services: ServicesOnTheWire, app: FastAPI, catalogue: Path
) -> None:
    publish(app, catalogue, {**GED, "roles": ["administrator"]}, {**GED, "id": "memo", "roles": ["member"]})
    seen = (await browser.open(f"{HOME}/outils")).text
    assert "Ouvert aux administrateurs" in seen
    assert "Réservé aux membres qui n’administrent pas" in seen
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[BRUNOS_MEMBERSHIP])
    seen = (await browser.open(f"{HOME}/outils")).text
    assert "Réservé aux administrateurs de l’entreprise" in seen
    assert "Ouvert aux simples membres" in seen
    assert seen.count(GED["url"]) == 1


async def test_an_empty_catalogue_is_said(browser: Browser, app: FastAPI, catalogue: Path) -> None:
    publish(app, catalogue)
    assert "Aucun outil pour l’instant" in (await browser.open(f"{HOME}/outils")).text


async def test_a_stranger_finds_no_company(browser: Browser, services: ServicesOnTheWire) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse()
    for path in (HOME, f"{HOME}/outils", f"{HOME}/depart", "/entreprises/12345"):
        assert (await browser.open(path)).status_code == 404


@pytest.mark.parametrize("icon", get_args(Icon))
def test_every_icon_of_the_catalogue_is_drawn(icon: str) -> None:
    module = templates.get_template("icons.html").module
    assert "<svg" in getattr(module, icon)()


def test_an_icon_that_nobody_drew_is_refused(catalogue: Path) -> None:
    catalogue.write_text(json.dumps([{**GED, "icon": "unicorn"}]))
    with pytest.raises(SystemExit, match=r"0\.icon: Input should be"):
        load_catalogue(catalogue)
