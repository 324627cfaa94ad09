"""Ids, queries and bodies that are refused before any service is asked."""

import httpx
import pytest

from services.gateway.fields import CURSOR
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
