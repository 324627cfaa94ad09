"""Signing out at the wish of a tool: nobody is signed out unasked, and nobody is led elsewhere."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from guichet.identity.v1.sign_on_service_pb2 import GetSigningKeysResponse
from tests.system.browser import Browser, hidden_fields
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import HTML, ISSUER
from tests.unit.gateway.openid.token_requests import by_public_key, encoded, unsigned
from tests.unit.gateway.services_on_the_wire import MEMO, ServicesOnTheWire

BYE = MEMO.client.post_logout_redirect_uris[0]
EC = ECKey.generate_key("P-256", {"kid": "one"})
RSA = RSAKey.generate_key(2048, {"kid": "two"})
STRANGER = ECKey.generate_key("P-256", {"kid": "one"})


@pytest.fixture(autouse=True)
def _keys(services: ServicesOnTheWire) -> None:
    keys = [key.as_dict(private=False) for key in (EC, RSA)]
    services.replies["GetSigningKeys"] = GetSigningKeysResponse(jwks=json.dumps({"keys": keys}))


def claims(**changed: Any) -> dict[str, Any]:
    return {"iss": ISSUER, "sub": "claire", "aud": "memo", "exp": 1, "iat": 0, **changed}


def id_token(key: Any = EC, alg: str = "ES256", **changed: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid}, claims(**changed), key, [alg])


def modified(token: str, **changed: Any) -> str:
    """Returns a token that says something else under the signature of before."""
    header, _, signature = token.split(".")
    return f"{header}.{encoded(json.dumps(claims(**changed)).encode())}.{signature}"


def logout(**sent: str) -> str:
    return f"/oauth2/logout?{urlencode(sent)}"


def signed_in(http: httpx.AsyncClient) -> None:
    http.cookies.set(COOKIE, "claires-token")


@pytest.mark.parametrize(
    "sent",
    [
        {"client_id": "memo"},
        {"id_token_hint": id_token()},
        {"id_token_hint": id_token(RSA, "RS256")},
        {"id_token_hint": id_token(), "client_id": "memo"},
    ],
)
async def test_the_person_is_asked_and_then_led_back(
    sent: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    signed_in(http)
    asked = logout(**sent, post_logout_redirect_uri=BYE, state="a state & more")
    page = await http.get(asked, headers=HTML)
    assert (page.status_code, services.asked("DeleteSession")) == (200, [])
    assert page.headers["x-frame-options"] == "DENY"
    assert "form-action 'self' https://memo.example.org;" in page.headers["content-security-policy"]
    action = asked.replace("/oauth2/logout", "/oauth2/logout/confirmation")
    answer = await http.post(action, data=hidden_fields(page.text, action), headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BYE}?state=a+state+%26+more")
    assert len(services.asked("DeleteSession")) == 1
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "sent",
    [{}, {"state": "s"}, {"id_token_hint": id_token()}, {"id_token_hint": id_token(), "state": "s"}],
)
async def test_without_an_address_the_person_is_asked_and_stays_at_the_portal(
    sent: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    signed_in(http)
    browser = Browser(http)
    action = logout(**sent).replace("/oauth2/logout", "/oauth2/logout/confirmation")
    answer = await browser.send(logout(**sent), action)
    assert len(services.asked("DeleteSession")) == 1
    assert (answer.headers["location"], f'{COOKIE}=""' in str(answer.headers)) == ("/connexion", True)
    http.cookies.delete(COOKIE)
    shown = await browser.follow(answer)
    assert (shown.status_code, "Vous êtes déconnecté" in shown.text) == (200, True)


async def test_whoever_is_not_signed_in_is_not_asked(http: httpx.AsyncClient) -> None:
    answer = await http.get(logout(client_id="memo", post_logout_redirect_uri=BYE))
    assert (answer.status_code, answer.headers["location"]) == (303, BYE)
    assert (await http.get("/oauth2/logout")).headers["location"] == "/connexion"


@pytest.mark.parametrize(
    "sent",
    [
        {"client_id": "memo", "post_logout_redirect_uri": BYE + "/"},
        {"client_id": "memo", "post_logout_redirect_uri": BYE + "?a=b"},
        {"client_id": "memo", "post_logout_redirect_uri": BYE.replace("memo", "Memo")},
        {"client_id": "memo", "post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "memo", "post_logout_redirect_uri": "//memo.example.org/bye"},
        {"client_id": "memo", "post_logout_redirect_uri": MEMO.client.redirect_uris[0]},
        {"client_id": "memo", "post_logout_redirect_uri": "javascript:alert(1)"},
        {"post_logout_redirect_uri": BYE},
        {"client_id": "unknown", "post_logout_redirect_uri": BYE},
        {"client_id": "me\x00mo"},
        {"client_id": "other", "id_token_hint": id_token()},
        {"id_token_hint": id_token(aud="unknown"), "post_logout_redirect_uri": BYE},
        {"id_token_hint": id_token(aud=["memo", "x"]), "post_logout_redirect_uri": BYE},
        {"id_token_hint": id_token(iss="https://evil.example"), "post_logout_redirect_uri": BYE},
        {"id_token_hint": id_token(events={}), "post_logout_redirect_uri": BYE},
        {"id_token_hint": id_token(STRANGER), "post_logout_redirect_uri": BYE},
        {"id_token_hint": modified(id_token(), sub="bruno"), "post_logout_redirect_uri": BYE},
        {"id_token_hint": unsigned(claims()), "post_logout_redirect_uri": BYE},
        {"id_token_hint": unsigned(claims(), kid="one"), "post_logout_redirect_uri": BYE},
        {"id_token_hint": by_public_key(EC.as_pem(private=False), claims(), "one")},
        {"id_token_hint": by_public_key(RSA.as_pem(private=False), claims(), "two")},
        {"id_token_hint": by_public_key(json.dumps(RSA.as_dict(private=False)).encode(), claims(), "two")},
        {"id_token_hint": "é.é.é"},
        {"id_token_hint": "x" * 9000},
    ],
)
@pytest.mark.parametrize("who", ["claire", "nobody"])
async def test_nobody_is_led_where_the_tool_has_not_registered(
    sent: dict[str, str], who: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    if who == "claire":
        signed_in(http)
    page = await http.get(logout(**sent), headers=HTML)
    assert (page.status_code, "location" in page.headers) == (400, False)
    forced = logout(**sent).replace("/oauth2/logout", "/oauth2/logout/confirmation")
    token = hidden_fields(page.text, "/langue")["csrf"]
    answer = await http.post(forced, data={"csrf": token}, headers=HTML)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert services.asked("DeleteSession") == []


async def test_another_site_signs_nobody_out(http: httpx.AsyncClient, services: ServicesOnTheWire) -> None:
    signed_in(http)
    posted = await http.post("/oauth2/logout", data={"client_id": "memo", "post_logout_redirect_uri": BYE})
    assert posted.headers["location"] == logout(client_id="memo", post_logout_redirect_uri=BYE)
    for form in ({}, {"csrf": "x" * 55}):
        forced = await http.post("/oauth2/logout/confirmation?client_id=memo", data=form, headers=HTML)
        assert forced.status_code == 403
    assert (await http.get("/oauth2/logout/confirmation?client_id=memo")).status_code == 405
    assert services.asked("DeleteSession") == []
