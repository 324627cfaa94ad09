"""The list of tools."""

from typing import get_args

import httpx
import pytest
from dirty_equals import IsPartialDict

from guichet.identity.v1.sign_on_service_pb2 import ListToolsRequest, ListToolsResponse
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.answers import Tool as ToolAnswer
from services.gateway.languages import LANGUAGES, translated
from services.platform.errors import NotFound
from tests.unit.gateway.services_on_the_wire import (
    BRUNOS_MEMBERSHIP,
    GED,
    MEMO,
    SIREN,
    ServicesOnTheWire,
)


async def test_tools_are_listed_to_members_in_their_language(
    http: httpx.AsyncClient, bruno: dict[str, str], claire: dict[str, str]
) -> None:
    french = (await http.get("/api/v1/tools?siren=732 829 320", headers=claire)).json()["items"]
    assert [tool["name"] for tool in french] == ["Ged", "Mémo"]
    assert all(tool["available"] for tool in french)
    english = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=bruno)).json()["items"]
    assert english[0]["name"] == "Documents"


async def test_a_tool_with_sign_on_opens_through_the_portal_and_another_at_its_own_address(
    http: httpx.AsyncClient, claire: dict[str, str]
) -> None:
    ged, memo = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=claire)).json()["items"]
    assert ged["url"] == GED.url
    assert memo["url"] == f"https://portal.example.org/entreprises/{SIREN}/outils/memo"


async def test_every_page_of_the_catalogue_is_read_and_disabled_tools_are_not_asked_for(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    def page(request: ListToolsRequest) -> ListToolsResponse:
        assert not request.show_disabled
        if request.page_token:
            return ListToolsResponse(tools=[MEMO])
        return ListToolsResponse(tools=[GED], next_page_token="more")

    services.replies["ListTools"] = page
    items = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=claire)).json()["items"]
    assert [tool["id"] for tool in items] == ["ged", "memo"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "field_required"),
        ("siren=12345678", "siren_invalid"),
        ("siren=73282932000074", "siret_given"),
        ("siren=%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1", "siren_invalid"),
    ],
)
async def test_tools_need_a_siren(
    http: httpx.AsyncClient, claire: dict[str, str], query: str, code: str
) -> None:
    answer = await http.get(f"/api/v1/tools?{query}", headers=claire)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_tools_of_a_company_one_is_not_in_are_not_found(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    services.replies["GetCompany"] = NotFound("not_found")
    assert (await http.get(f"/api/v1/tools?siren={SIREN}", headers=bruno)).status_code == 404


async def test_a_tool_for_administrators_says_why_a_member_may_not_open_it(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    closed = Tool(roles=["administrator"])
    closed.MergeFrom(GED)
    services.replies["ListTools"] = ListToolsResponse(tools=[closed])
    own = services.replies["GetCompany"]
    own.membership.CopyFrom(BRUNOS_MEMBERSHIP)  # type: ignore[union-attr]  # a message
    items = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=bruno)).json()["items"]
    assert items == [
        IsPartialDict(
            available=False,
            reason="administrators_only",
            reason_detail="For the company’s administrators only.",
        )
    ]


def test_why_a_tool_is_closed_is_said_in_every_language() -> None:
    reasons = get_args(get_args(ToolAnswer.model_fields["reason"].annotation)[0])
    for language in LANGUAGES:
        assert set(translated("tools", language)) == set(reasons)
