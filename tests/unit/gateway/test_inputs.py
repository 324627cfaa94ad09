"""Ids, queries and bodies that are refused before any service is asked."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from services.gateway.fields import CURSOR, cursor_of, limit_of, siren_of, state_of
from services.gateway.problems import STATUSES
from tests.unit.gateway.services_on_the_wire import (
    SIREN,
    ServicesOnTheWire,
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid_limit"),
        ("limit=101", "invalid_limit"),
        ("limit=-1", "invalid_limit"),
        ("limit=1_0", "invalid_limit"),
        ("limit=%D9%A1", "invalid_limit"),
        ("limit=", "invalid_limit"),
        ("cursor=a%00b", "invalid_cursor"),
        ("cursor=..", "invalid_cursor"),
        ("cursor=" + "a" * 1001, "invalid_cursor"),
        ("state=PENDING", "invalid_state"),
        ("state=", "invalid_state"),
        ("status=pending", "unknown_field"),
    ],
)
async def test_a_wrong_query_is_refused(
    http: httpx.AsyncClient, claire: dict[str, str], query: str, code: str
) -> None:
    for path in ("/api/v1/access-requests", f"/api/v1/companies/{SIREN}/access-requests"):
        answer = await http.get(f"{path}?{query}", headers=claire)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_cursor_is_what_services_give_out() -> None:
    assert CURSOR.fullmatch("WyJhYmMiLCIyMDI2Il0")


async def test_verification_needs_a_token_or_an_address_and_its_code(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    path = "/api/v1/accounts/verification"
    wrong = [({}, "token"), ({"email": "a@example.com"}, "code"), ({"code": "123"}, "email")]
    for body, field in wrong:
        answer = await http.post(path, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await http.post(path, json={"token": "t", "code": "1"})).json()["code"] == "unknown_field"
    assert (await http.post(path, json={"token": "t"})).json() == {"account_id": "claire"}
    assert (await http.post(path, json={"email": "a@example.com", "code": "1 2"})).status_code == 200
    assert len(services.asked("VerifyAccount")) == 2


anything = st.text(st.characters(codec=None, exclude_categories=()))
digits = st.text("0123456789 \u00a0٠０-_", max_size=16)


@pytest.mark.parametrize("reader", [siren_of, cursor_of, limit_of, state_of])
@given(written=anything | digits)
def test_any_text_is_read_or_refused_by_a_code(reader: Callable[[str], Any], written: str) -> None:
    try:
        reader(written)
    except PydanticCustomError as error:
        assert error.type in STATUSES  # noqa: PT017 - either is right
