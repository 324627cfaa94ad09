"""How clients prove themselves: by a secret, by a signed assertion, or not at all."""

import base64
import json
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from guichet.identity.v1.sign_on_service_pb2 import UseClientAssertionResponse
from tests.unit.gateway.openid.requests import ISSUER
from tests.unit.gateway.openid.token_requests import (
    ASSERTION_TYPE,
    CODE,
    MEMO_PROVES,
    basic,
    by_public_key,
    error_of,
    exchange,
    memo_with,
    unsigned,
)
from tests.unit.gateway.services_on_the_wire import SECRET, ServicesOnTheWire

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
KEYS = json.dumps({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})


@pytest.mark.parametrize(
    "headers",
    [
        basic("memo", "wrong"),
        basic("memo", ""),
        basic("", SECRET),
        basic("unknown", SECRET),
        basic("memo", SECRET + "\x00"),
        basic("memo", "é" * 600),
        {"Authorization": "Basic"},
        {"Authorization": "Basic ===="},
        {"Authorization": "Basic " + base64.b64encode(b"memo").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"memo:\xff\xfe").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"memo:%ff").decode()},
        # Not form-encoded: the plus stands for a space, and the percent sign for nothing.
        {"Authorization": "Basic " + base64.b64encode(f"memo:{SECRET}".encode()).decode()},
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": "Digest memo"},
        {},
    ],
)
async def test_a_client_that_does_not_prove_itself_gets_nothing(
    headers: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    for path, form in (("token", CODE), ("introspect", {"token": "t"}), ("revoke", {"token": "t"})):
        answer = await http.post(f"/oauth2/{path}", data=form, headers=headers)
        assert error_of(answer) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert not services.asked("GetGrant") + services.asked("IssueTokens") + services.asked("RevokeToken")


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": "memo", "sub": "memo", "aud": ISSUER, "jti": "once", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def assertion(key: Key = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, claims(**changed), key, [alg])


def assertion_form(written: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": written}


@pytest.mark.parametrize(
    "registered", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
)
async def test_a_client_proves_itself_as_it_is_registered_alone(
    registered: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    memo_with(services, registered, KEYS if registered == "private_key_jwt" else "")
    ways: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "client_secret_basic": (MEMO_PROVES, {}),
        "client_secret_post": ({}, {"client_id": "memo", "client_secret": SECRET}),
        "private_key_jwt": ({}, assertion_form(assertion())),
        "none": ({}, {"client_id": "memo"}),
    }
    for way, (headers, form) in ways.items():
        answer = await exchange(http, headers, **form)
        assert answer.status_code == (200 if way == registered else 401), way


async def test_two_ways_at_once_or_two_clients_are_refused(http: httpx.AsyncClient) -> None:
    answer = await exchange(http, MEMO_PROVES, client_id="memo", client_secret=SECRET)
    assert error_of(answer) == (400, "invalid_request")
    assert error_of(await exchange(http, MEMO_PROVES, client_id="other")) == (401, "invalid_client")
    assert (await exchange(http, MEMO_PROVES, client_id="memo")).status_code == 200


async def test_an_assertion_is_taken_from_either_audience(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    memo_with(services, "private_key_jwt", KEYS)
    for written in (
        assertion(),
        assertion(RSA, "RS256"),
        assertion(aud=f"{ISSUER}/oauth2/token"),
        assertion(aud=["https://elsewhere.example", ISSUER]),
    ):
        assert (await exchange(http, {}, **assertion_form(written))).status_code == 200
    assert services.asked("UseClientAssertion")[0].jti == "once"


now = int(time.time())


def nested(*, header: bytes = b'{"alg":"ES256","kid":"ec"}', payload: bytes = b"{}") -> str:
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, payload)]
    return ".".join((*parts, "x"))


DEEP = b'{"sub":' + b"[" * 20_000 + b"}"
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "a.b.c",
        "é.é.é",
        unsigned(claims()),
        unsigned(claims(), kid="rsa"),
        by_public_key(RSA.as_pem(private=False), claims(), "rsa"),
        by_public_key(json.dumps(RSA.as_dict(private=False)).encode(), claims(), "rsa"),
        by_public_key(EC.as_pem(private=False), claims(), "rsa"),
        nested(payload=DEEP),
        nested(header=DEEP),
        assertion(STRANGER),
        assertion(RSA, "PS256"),
        assertion(STRANGER, header={"jwk": STRANGER.as_dict(private=False)}),
        assertion(STRANGER, header={"jku": "https://evil.example/jwks"}),
        assertion(iss="other"),
        assertion(sub="other"),
        assertion(sub=None),
        assertion(sub=["memo"]),
        assertion(sub=7),
        assertion(iss="other", sub="other"),
        assertion(aud=None),
        assertion(aud="https://elsewhere.example"),
        assertion(aud=f"{ISSUER}/"),
        assertion(aud=f"{ISSUER}/oauth2/revoke"),
        assertion(exp=None),
        assertion(exp=now - 3600),
        assertion(exp=now + 10**6),
        assertion(exp="soon"),
        assertion(exp=10**30),
        assertion(nbf=now + 3600),
        assertion(iat=now + 3600),
        assertion(jti=None),
        assertion(jti=""),
        assertion(jti=7),
        assertion(jti="x" * 300),
        assertion(jti="a\x00b"),
    ],
)
async def test_an_assertion_that_is_not_the_clients_own_is_refused(
    written: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    memo_with(services, "private_key_jwt", KEYS)
    assert error_of(await exchange(http, {}, client_id="memo", **assertion_form(written))) == (
        401,
        "invalid_client",
    )
    assert services.asked("GetGrant") + services.asked("UseClientAssertion") == []


async def test_an_assertion_is_used_once(http: httpx.AsyncClient, services: ServicesOnTheWire) -> None:
    memo_with(services, "private_key_jwt", KEYS)
    services.replies["UseClientAssertion"] = UseClientAssertionResponse(first_use=False)
    assert error_of(await exchange(http, {}, **assertion_form(assertion()))) == (401, "invalid_client")
