"""The list of tools."""

import json
from pathlib import Path
from typing import get_args

import httpx
import pytest
from dirty_equals import IsPartialDict
from fastapi import FastAPI

from services.gateway.answers import Tool
from services.gateway.languages import LANGUAGES, translated
from services.gateway.tools import load_catalogue
from services.platform.errors import NotFound
from tests.unit.gateway.services_on_the_wire import (
    BRUNOS_MEMBERSHIP,
    SIREN,
    ServicesOnTheWire,
)


async def test_tools_are_listed_to_members_in_their_language(
    http: httpx.AsyncClient, bruno: dict[str, str], claire: dict[str, str]
) -> None:
    french = (await http.get("/api/v1/tools?siren=732 829 320", headers=claire)).json()["items"]
    assert [tool["name"] for tool in french] == [
        "Vos contributions",
        "Web services Entreprises",
        "Mémo",
        "Ged",
    ]
    assert all(tool["available"] for tool in french)
    english = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=bruno)).json()["items"]
    assert english[0]["name"] == "Your contributions"


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


def test_a_wrong_catalogue_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "tools.json"
    with pytest.raises(SystemExit, match=r"GUICHET_TOOLS_FILE.*No such file"):
        load_catalogue(file)
    file.write_text(json.dumps([{"id": "memo", "name": {"fr": "Mémo"}}]))
    with pytest.raises(SystemExit, match=r"0.name.en: Field required"):
        load_catalogue(file)


async def test_a_tool_for_administrators_says_why_a_member_may_not_open_it(
    http: httpx.AsyncClient,
    bruno: dict[str, str],
    services: ServicesOnTheWire,
    app: FastAPI,
    tmp_path: Path,
) -> None:
    words = {"fr": "Ged", "en": "Documents"}
    tool = {"id": "ged", "name": words, "description": words, "url": "https://ged.example.org"}
    file = tmp_path / "tools.json"
    file.write_text(json.dumps([{**tool, "roles": ["administrator"]}]))
    own = services.replies["GetCompany"]
    own.membership.CopyFrom(BRUNOS_MEMBERSHIP)  # type: ignore[union-attr]  # a message
    usual, app.state.catalogue = app.state.catalogue, load_catalogue(file)
    try:
        items = (await http.get(f"/api/v1/tools?siren={SIREN}", headers=bruno)).json()["items"]
    finally:
        app.state.catalogue = usual
    assert items == [
        IsPartialDict(
            available=False,
            reason="administrators_only",
            reason_detail="For the company’s administrators only.",
        )
    ]


def test_why_a_tool_is_closed_is_said_in_every_language() -> None:
    reasons = get_args(get_args(Tool.model_fields["reason"].annotation)[0])
    for language in LANGUAGES:
        assert set(translated("tools", language)) == set(reasons)
