"""Who is signed in, by token or by cookie."""

import httpx
import pytest

from services.gateway.session import CSRF_HEADER
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import ServicesOnTheWire

REMINDERS = "/api/v1/access-requests/request-1/reminders"


def with_header(headers: dict[str, str], name: str, value: bytes) -> list[tuple[bytes, bytes]]:
    """Adds a header whose bytes need not be text."""
    return [*((key.encode(), text.encode()) for key, text in headers.items()), (name.encode(), value)]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic Y2xhaXJlOng=",
        "Bearer unknown",
        "Bearer a b",
        "Bearer " + "x" * 600,
        "x",
    ],
)
async def test_whoever_is_not_signed_in_is_told_so(http: httpx.AsyncClient, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await http.get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_read_by_cookie_needs_no_csrf_token_and_gives_one(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/me", headers={"Cookie": f"{COOKIE}=brunos-token"})
    assert answer.status_code == 200
    again = await http.get("/api/v1/me", headers={"Cookie": f"{COOKIE}=brunos-token"})
    tokens = {answer.headers[CSRF_HEADER], again.headers[CSRF_HEADER]}
    assert [len(token) for token in tokens] == [55, 55]


async def test_a_change_by_cookie_needs_the_csrf_token_of_that_session(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    bruno, claire = ({"Cookie": f"{COOKIE}={name}-token"} for name in ("brunos", "claires"))
    own = (await http.get("/api/v1/me", headers=bruno)).headers[CSRF_HEADER]
    foreign = (await http.get("/api/v1/me", headers=claire)).headers[CSRF_HEADER]
    for token in ("", "x", "é", foreign):
        answer = await http.post(REMINDERS, headers=with_header(bruno, CSRF_HEADER, token.encode()))
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert services.asked("RemindAdministrators") == []
    assert (await http.post(REMINDERS, headers={**bruno, CSRF_HEADER: own})).status_code == 202


async def test_a_bearer_token_needs_no_csrf_token(http: httpx.AsyncClient, bruno: dict[str, str]) -> None:
    cookie = {"Cookie": f"{COOKIE}=claires-token"}
    assert (await http.post(REMINDERS, headers={**cookie, **bruno})).status_code == 202


async def test_signing_in_sets_no_cookie_and_signing_out_takes_it_away(http: httpx.AsyncClient) -> None:
    body = {"email": "claire@example.com", "password": "sesame sesame 42"}
    session = await http.post("/api/v1/sessions", json=body)
    assert session.status_code == 201
    assert "set-cookie" not in session.headers
    cookie = {"Cookie": f"{COOKIE}=claires-token"}
    csrf = (await http.get("/api/v1/me", headers=cookie)).headers[CSRF_HEADER]
    answer = await http.delete("/api/v1/sessions/current", headers={**cookie, CSRF_HEADER: csrf})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_an_idempotency_key_is_passed_on(
    http: httpx.AsyncClient, bruno: dict[str, str], services: ServicesOnTheWire
) -> None:
    await http.post(REMINDERS, headers={**bruno, "Idempotency-Key": "once"})
    await http.post(REMINDERS, headers=bruno)
    await http.post(REMINDERS, headers=bruno)
    keys = [request.idempotency_key for request in services.asked("RemindAdministrators")]
    assert keys[0] == "once"
    assert len(set(keys)) == 3
    assert all(keys)


@pytest.mark.parametrize("key", [b"", b"k" * 201, b"\xe9", b"a\tb"])
async def test_a_wrong_idempotency_key_is_refused(
    http: httpx.AsyncClient, bruno: dict[str, str], key: bytes
) -> None:
    answer = await http.post(REMINDERS, headers=with_header(bruno, "Idempotency-Key", key))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
