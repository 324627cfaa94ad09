"""What the OpenID Foundation's Basic OP plan asks for and no other test holds, by the names of its checks."""

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1.sign_on_service_pb2 import GetSignOnResponse
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import GOOD, HTML, told
from tests.unit.gateway.openid.requests import path as request_path
from tests.unit.gateway.services_on_the_wire import ServicesOnTheWire


@pytest.fixture
def signed_in(http: httpx.AsyncClient, services: ServicesOnTheWire) -> httpx.AsyncClient:
    """The browser of somebody who has just signed in."""
    now = Timestamp()
    now.GetCurrentTime()
    services.replies["GetSignOn"] = GetSignOnResponse(auth_time=now, amr=["pwd"])
    http.cookies.set(COOKIE, "claires-token")
    http.headers.update(HTML)
    return http


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("oidcc-display-page", {"display": "page"}),
        ("oidcc-display-popup", {"display": "popup"}),
        ("oidcc-ensure-request-with-unknown-parameter-succeeds", {"extra": "foobar"}),
        ("oidcc-login-hint", {"login_hint": "bob@example.com"}),
        ("oidcc-ui-locales", {"ui_locales": "se"}),
        ("oidcc-claims-locales", {"claims_locales": "se"}),
        ("oidcc-ensure-request-with-acr-values-succeeds", {"acr_values": "1 2"}),
        ("oidcc-claims-essential", {"claims": '{"userinfo":{"name":{"essential":true}}}'}),
        ("oidcc-scope-address", {"scope": "openid address"}),
        ("oidcc-scope-phone", {"scope": "openid phone"}),
        ("oidcc-scope-all", {"scope": "openid profile email address phone"}),
        ("oidcc-max-age-10000", {"max_age": "10000"}),
        ("oidcc-prompt-none-logged-in", {"prompt": "none"}),
    ],
)
async def test_a_request_with_what_is_not_needed_is_answered_with_a_code(
    check: str, changed: dict[str, str], signed_in: httpx.AsyncClient
) -> None:
    answer = told(await signed_in.get(request_path({**GOOD, **changed})))
    assert "code" in answer, f"{check}: {answer}"


async def test_neither_parameters_nor_scopes_have_an_order(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    """oidcc-alternate-happy-flow"""
    reordered = list(reversed({**GOOD, "scope": "company email openid"}.items()))
    assert "code" in told(await signed_in.get(request_path(reordered)))
    [asked] = services.asked("CreateGrant")
    assert set(asked.scope.split()) == {"openid", "email", "company"}


async def test_a_request_without_a_nonce_succeeds(
    signed_in: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow"""
    request = {name: value for name, value in GOOD.items() if name != "nonce"}
    assert "code" in told(await signed_in.get(request_path(request)))
    [asked] = services.asked("CreateGrant")
    assert asked.nonce == ""
