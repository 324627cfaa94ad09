"""What somebody changes about their own account, and signing in with a second factor, over HTTP."""

import json

import httpx
import pytest
from dirty_equals import IsPartialDict

from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1 import session_pb2
from services.gateway.session import CSRF_HEADER
from services.platform.errors import InvalidArgument
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import AT, ServicesOnTheWire

CREDENTIALS = {"email": "claire@example.com", "password": "un cheval lit des cartes"}
CHALLENGE = session_pb2.SessionChallenge(
    token="challenge-1",
    expire_time=AT,
    methods=[session_pb2.SECOND_FACTOR_METHOD_PASSKEY, session_pb2.SECOND_FACTOR_METHOD_RECOVERY_CODE],
    passkey_options=json.dumps({"challenge": "AAAA"}),
)
SECOND_FACTOR = "/api/v1/sessions/second-factor"


async def test_a_second_factor_makes_a_sign_in_a_challenge(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["CreateSession"] = rpc.CreateSessionResponse(challenge=CHALLENGE)
    headers = {"User-Agent": f"Client {'x' * 400}"}
    answer = await http.post("/api/v1/sessions", json=CREDENTIALS, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == IsPartialDict(
        code="second_factor_required",
        challenge_token="challenge-1",
        methods=["passkey", "recovery_code"],
        passkey_options={"challenge": "AAAA"},
        expires_at=AT.ToDatetime().strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert services.asked("CreateSession")[0].user_agent == headers["User-Agent"][:300]


@pytest.mark.parametrize(
    ("proof", "sent"),
    [
        ({"totp_code": "482 913"}, {"totp_code": "482 913"}),
        ({"recovery_code": "k7m2-9qxt-4hrw"}, {"recovery_code": "k7m2-9qxt-4hrw"}),
        ({"passkey_assertion": {"id": "a"}}, {"passkey_assertion": '{"id": "a"}'}),
        ({"totp_code": ""}, {"totp_code": ""}),
    ],
)
async def test_each_proof_completes_the_challenge(
    http: httpx.AsyncClient, services: ServicesOnTheWire, proof: dict[str, object], sent: dict[str, str]
) -> None:
    answer = await http.post(
        SECOND_FACTOR,
        json={"challenge_token": "challenge-1", **proof},
        headers={"Idempotency-Key": "k", "User-Agent": "Client"},
    )
    assert (answer.status_code, answer.json()["token"]) == (201, "claires-token")
    [asked] = services.asked("CompleteSession")
    assert asked == rpc.CompleteSessionRequest(
        challenge_token="challenge-1",
        idempotency_key="k",
        user_agent="Client",
        **sent,
    )


@pytest.mark.parametrize(
    ("proof", "code", "field"),
    [
        ({}, "field_required", "totp_code"),
        ({"totp_code": "1", "recovery_code": "2"}, "unknown_field", "recovery_code"),
        ({"passkey_assertion": "text"}, "wrong_type", "passkey_assertion"),
    ],
)
async def test_exactly_one_proof_is_given(
    http: httpx.AsyncClient, services: ServicesOnTheWire, proof: dict[str, object], code: str, field: str
) -> None:
    answer = await http.post(SECOND_FACTOR, json={"challenge_token": "challenge-1", **proof})
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]
    assert services.calls == []


async def test_what_is_left_out_of_a_change_stays(
    http: httpx.AsyncClient, services: ServicesOnTheWire, claire: dict[str, str]
) -> None:
    answer = await http.patch("/api/v1/me", json={"locale": "en"}, headers=claire)
    assert answer.json()["full_name"] == "Claire Morel"
    [asked] = services.asked("UpdateAccount")
    assert (asked.HasField("full_name"), asked.locale) == (False, "en")


async def test_a_changed_password_renews_the_token_or_the_cookie(
    http: httpx.AsyncClient, services: ServicesOnTheWire, claire: dict[str, str]
) -> None:
    change = {"current_password": "one", "new_password": "two"}
    by_token = await http.post("/api/v1/me/password", json=change, headers=claire)
    assert (by_token.json()["token"], "set-cookie" in by_token.headers) == ("claires-new", False)
    cookie = {"Cookie": f"{COOKIE}=claires-token"}
    csrf = (await http.get("/api/v1/me", headers=cookie)).headers[CSRF_HEADER]
    by_cookie = await http.post("/api/v1/me/password", json=change, headers={**cookie, CSRF_HEADER: csrf})
    assert by_cookie.json()["token"] is None
    assert f"{COOKIE}=claires-new; HttpOnly" in by_cookie.headers["set-cookie"]
    services.replies["ChangePassword"] = InvalidArgument("password_wrong", field="current_password")
    refused = await http.post("/api/v1/me/password", json=change, headers=claire)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "current_password")


async def test_sessions_are_listed_and_ended(
    http: httpx.AsyncClient, services: ServicesOnTheWire, claire: dict[str, str]
) -> None:
    [own] = (await http.get("/api/v1/sessions?limit=1", headers=claire)).json()["items"]
    assert (own["id"], own["current"]) == ("session-1", True)
    assert services.asked("ListSessions")[0].token == "claires-token"
    assert (await http.delete("/api/v1/sessions/session-1", headers=claire)).status_code == 204
    assert services.asked("RevokeSession")[0].session_id == "session-1"
    others = await http.delete("/api/v1/sessions/others", headers=claire)
    assert others.json() == {"revoked_count": 0}
    assert services.asked("RevokeOtherSessions")[0].token == "claires-token"
