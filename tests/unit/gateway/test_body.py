"""What a body may not be, on every route that takes one."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.body import LARGEST_BODY

JSON = {"content-type": "application/json"}
SIGN_UP = {"email": "a@example.com", "full_name": "A", "password": "sesame sesame 42"}


async def post(http: httpx.AsyncClient, content: bytes, path: str = "/api/v1/accounts") -> httpx.Response:
    return await http.post(path, content=content, headers=JSON)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "malformed_body"),
        (b"{", 400, "malformed_body"),
        (b'{"email": "a"} x', 400, "malformed_body"),
        (b'{"email": "\xff"}', 400, "malformed_body"),
        ('{"email": "a"}'.encode("utf-16"), 400, "malformed_body"),
        (b"[" * 60_000, 400, "malformed_body"),
        (b"[" * 200_000, 400, "malformed_body"),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, 400, "malformed_body"),
        (b'{"email": ' + b"9" * 5_000 + b"}", 400, "malformed_body"),
        (b'{"email": "a", "email": "b"}', 400, "duplicate_key"),
        (b'{"email": "a", "em\\u0061il": "b"}', 400, "duplicate_key"),
        (b'{"email": {"a": 1, "a": 2}}', 400, "duplicate_key"),
        (b'{"email": NaN}', 422, "invalid_number"),
        (b'{"email": -Infinity}', 422, "invalid_number"),
        (b'{"email": 1e999}', 422, "invalid_number"),
        (b"[]", 422, "wrong_type"),
        (b"null", 422, "wrong_type"),
        (b'"text"', 422, "wrong_type"),
    ],
)
async def test_a_body_that_is_no_plain_json_object_is_refused(
    http: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    answer = await post(http, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "value",
    ["a\ud800b", "a\x00b", "a\nb", "a\r\nb", "a\u202eb", "a\u2066b", "a\u2028b", "a\x1bb"],
)
async def test_a_text_that_deceives_is_refused(http: httpx.AsyncClient, value: str) -> None:
    answer = await post(http, json.dumps({**SIGN_UP, "full_name": value}).encode())
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("full_name", "invalid_text")
    ]


async def test_a_lone_surrogate_in_a_name_of_a_field_is_refused(http: httpx.AsyncClient) -> None:
    answer = await post(http, b'{"\\ud800": 1}')
    assert answer.status_code == 422


async def test_missing_and_mistyped_fields_are_named(http: httpx.AsyncClient) -> None:
    answer = await post(http, b'{"email": 12, "full_name": "A"}')
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("email", "wrong_type"),
        ("password", "field_required"),
    ]


async def test_what_was_submitted_is_never_repeated(http: httpx.AsyncClient) -> None:
    secret = "canary-9f2c7a1e"
    for body in (
        {"email": {"nested": secret}, "full_name": [secret], "password": {"a": secret}},
        {**SIGN_UP, "password": secret + "\x00"},
        {**SIGN_UP, "password": [secret]},
        {**SIGN_UP, f"pass word {secret}": 1},
    ):
        answer = await post(http, json.dumps(body).encode())
        assert answer.status_code == 422
        assert secret not in answer.text


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 20_000_000])
async def test_a_large_body_is_refused(http: httpx.AsyncClient, size: int) -> None:
    answer = await post(http, b'{"email": "' + b"a" * size + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_large_body_of_unknown_length_is_not_read_to_its_end(http: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 10_000

    answer = await http.post("/api/v1/accounts", content=endless(), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert read * 10_000 < 2 * LARGEST_BODY


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {},
    ],
)
async def test_another_media_type_is_refused(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.post("/api/v1/accounts", content=json.dumps(SIGN_UP).encode(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_route_without_body_takes_none(http: httpx.AsyncClient, bruno: dict[str, str]) -> None:
    path = "/api/v1/access-requests/request-1/reminders"
    assert (await http.post(path, headers=bruno)).status_code == 202
    assert (await http.post(path, headers=bruno, json={})).status_code == 202
    answer = await http.post(path, headers=bruno, json={"now": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


async def test_a_message_has_one_line(http: httpx.AsyncClient, bruno: dict[str, str]) -> None:
    body = {"siren": "732829320", "member_code": "AB12", "message": "Bonjour,\r\nBruno"}
    answer = await http.post("/api/v1/access-requests", json=body, headers=bruno)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_text")
