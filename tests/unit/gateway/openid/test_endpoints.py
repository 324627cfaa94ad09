"""What programs call: how clients prove themselves, how errors are told, what is published."""

import json
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guichet.identity.v1.sign_on_service_pb2 import CheckClientSecretResponse
from guichet.identity.v1.tool_pb2 import Tool
from services.platform.errors import NotFound, ResourceExhausted, Unavailable
from tests.unit.gateway.openid.requests import CALLBACK
from tests.unit.gateway.openid.token_requests import (
    ASSERTION_TYPE,
    CODE,
    FORM,
    MEMO_PROVES,
    VERIFIER,
    error_of,
    exchange,
    memo_is,
)
from tests.unit.gateway.services_on_the_wire import MEMO, ServicesOnTheWire


async def test_a_code_is_exchanged(http: httpx.AsyncClient, services: ServicesOnTheWire) -> None:
    answer = await exchange(http)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    [asked] = services.asked("IssueTokens")
    assert (asked.proof.code, asked.client_id, asked.company.company_role) == (
        "a-code",
        "memo",
        "administrator",
    )


@pytest.mark.parametrize("presented", [{}, {"grant_type": "refresh_token", "refresh_token": "a-token"}])
async def test_a_tool_with_a_secret_waits_for_three_calls(
    presented: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    assert (await exchange(http, **presented)).status_code == 200
    assert [method for method, _ in services.calls] == ["CheckClientSecret", "GetCompany", "IssueTokens"]
    [checked], [issued] = services.asked("CheckClientSecret"), services.asked("IssueTokens")
    assert checked.proof == issued.proof


@pytest.mark.parametrize("presented", [{}, {"grant_type": "refresh_token", "refresh_token": "a-token"}])
async def test_what_identity_does_not_know_is_exchanged_for_nothing(
    presented: dict[str, str], http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["CheckClientSecret"] = CheckClientSecretResponse(valid=True, tool=MEMO)
    assert error_of(await exchange(http, **presented)) == (400, "invalid_grant")
    assert not services.asked("GetGrant") + services.asked("IssueTokens")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": 'x"\\é'}, "unsupported_grant_type"),
        ({"code": ""}, "invalid_request"),
        ({"code": "x" * 5000}, "invalid_grant"),
        ({"code": "a\x00b"}, "invalid_grant"),
        ({"code": "é"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": VERIFIER[:-1] + "l"}, "invalid_grant"),
        ({"code_verifier": VERIFIER + "\n"}, "invalid_grant"),
        ({"code_verifier": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "invalid_grant"),
        ({"code_verifier": "é" * 50}, "invalid_request"),
    ],
)
async def test_a_code_that_may_not_be_exchanged_is_not_used_up(
    changed: dict[str, str], error: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    assert error_of(await exchange(http, **changed)) == (400, error)
    assert services.asked("IssueTokens") == []


async def test_a_code_that_somebody_else_used_meanwhile_is_refused(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["IssueTokens"] = NotFound("not_found")
    assert error_of(await exchange(http)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (json.dumps(CODE), "application/json"),
        (urlencode(CODE), "text/plain"),
        (urlencode(CODE), f"{FORM}; charset=utf-16"),
        (urlencode(CODE), "multipart/form-data; boundary=x"),
        (urlencode(CODE), ""),
        ("code=%ff", FORM),
        ("code=\xff", FORM),
        (urlencode([*CODE.items(), ("code", "another")]), FORM),
        (urlencode([*CODE.items(), ("unknown", "1"), ("unknown", "2")]), FORM),
        ("&".join(f"a{n}=1" for n in range(400)), FORM),
    ],
)
@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
async def test_what_is_no_form_is_an_invalid_request(
    path: str, content: str, media_type: str, http: httpx.AsyncClient
) -> None:
    headers = {**MEMO_PROVES, "Content-Type": media_type}
    answer = await http.post(f"/oauth2/{path}", content=content.encode("latin-1"), headers=headers)
    assert error_of(answer) == (400, "invalid_request")


async def test_limits_and_what_is_away_have_their_status(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    answer = await http.post("/oauth2/token", data={**CODE, "more": "x" * 70_000}, headers=MEMO_PROVES)
    assert error_of(answer) == (413, "invalid_request")
    services.replies["CheckClientSecret"] = ResourceExhausted("rate_limited")
    assert error_of(await exchange(http)) == (429, "temporarily_unavailable")
    services.replies["CheckClientSecret"] = services.replies["GetTool"] = Unavailable("database")
    away = await exchange(http)
    assert error_of(away) == (503, "temporarily_unavailable")
    assert int(away.headers["retry-after"]) > 0
    services.replies["GetGrant"] = Unavailable("database")
    userinfo = await http.get("/oauth2/userinfo", headers={"Authorization": "Bearer a-token"})
    assert error_of(userinfo) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/oauth2/token", "OPTIONS, POST"),
        ("/oauth2/introspect", "OPTIONS, POST"),
        ("/oauth2/revoke", "OPTIONS, POST"),
        ("/oauth2/userinfo", "GET, HEAD, OPTIONS, POST"),
        ("/oauth2/jwks", "GET, HEAD, OPTIONS"),
        ("/.well-known/openid-configuration", "GET, HEAD, OPTIONS"),
    ],
)
async def test_another_method_is_refused_in_the_protocols_own_words(
    path: str, allowed: str, http: httpx.AsyncClient
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(allowed.split(", ")):
        answer = await http.request(method, path, params=CODE, headers={**MEMO_PROVES, "Accept": "text/html"})
        assert error_of(answer) == (405, "invalid_request"), method
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/oauth2/jwks", "/.well-known/openid-configuration"])
async def test_what_is_published_may_be_asked_for_by_head(path: str, http: httpx.AsyncClient) -> None:
    get, head = await http.get(path), await http.head(path)
    assert head.status_code == 200
    for header in ("content-type", "content-length", "cache-control", "access-control-allow-origin"):
        assert head.headers[header] == get.headers[header]


@pytest.mark.parametrize(
    ("headers", "form", "expected"),
    [
        ({}, {}, (401, None)),
        ({"Authorization": "Bearer"}, {}, (401, None)),
        ({"Authorization": "Basic bWVtbzp4"}, {}, (401, None)),
        ({"Authorization": "Bearer \x00"}, {}, (401, "invalid_token")),
        ({"Authorization": "Bearer " + "x" * 3000}, {}, (401, "invalid_token")),
        ({"Authorization": "Bearer a b"}, {}, (401, "invalid_token")),
        ({}, {"access_token": "é"}, (401, "invalid_token")),
        ({"Authorization": "Bearer one"}, {"access_token": "one"}, (400, "invalid_request")),
        ({"Authorization": "bearer one"}, {}, (200, None)),
        ({}, {"access_token": "one"}, (200, None)),
    ],
)
async def test_userinfo_wants_one_access_token(
    headers: dict[str, str], form: dict[str, str], expected: tuple[int, str | None], http: httpx.AsyncClient
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await http.post("/oauth2/userinfo", data=form, headers=raw)
    assert (answer.status_code, answer.json().get("error")) == expected
    challenged = answer.headers.get("www-authenticate", "").startswith('Bearer realm="guichet"')
    assert challenged == (expected[0] == 401)
    if not form:
        in_query = await http.get("/oauth2/userinfo", params={"access_token": "one"})
        assert in_query.status_code == 401


@pytest.mark.parametrize("reason", ["not_found", "membership_suspended"])
async def test_who_has_lost_the_company_is_told_to_nobody_and_exchanges_nothing(
    reason: str, http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    services.replies["GetCompany"] = NotFound(reason)
    bearer = {"Authorization": "Bearer a-token"}
    assert error_of(await http.get("/oauth2/userinfo", headers=bearer)) == (401, "invalid_token")
    assert error_of(await exchange(http)) == (400, "invalid_grant")
    assert services.asked("IssueTokens") == []


async def test_a_role_that_no_longer_opens_the_tool_is_as_good_as_none(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    tool = Tool()
    tool.CopyFrom(MEMO)
    tool.roles.append("member")
    memo_is(services, tool)
    bearer = {"Authorization": "Bearer a-token"}
    assert error_of(await http.get("/oauth2/userinfo", headers=bearer)) == (401, "invalid_token")
    assert error_of(await exchange(http)) == (400, "invalid_grant")
    introspected = await http.post("/oauth2/introspect", data={"token": "a-token"}, headers=MEMO_PROVES)
    assert introspected.json() == {"active": False}


async def test_any_origin_may_ask_but_never_with_cookies(http: httpx.AsyncClient) -> None:
    for path in (
        "/.well-known/openid-configuration",
        "/oauth2/jwks",
        "/oauth2/token",
        "/oauth2/userinfo",
        "/oauth2/revoke",
    ):
        preflight = await http.options(
            path, headers={"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in preflight.headers
        assert preflight.headers["access-control-allow-headers"] == "Authorization, Content-Type"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    form=st.dictionaries(
        st.sampled_from(
            [*CODE, "client_id", "client_secret", "client_assertion", "token", "refresh_token", "scope"]
        )
        | st.text(max_size=6),
        st.sampled_from([*CODE.values(), "memo", "refresh_token", ASSERTION_TYPE]) | st.text(max_size=40),
        max_size=8,
    ),
    path=st.sampled_from(["token", "introspect", "revoke", "userinfo"]),
    authorization=st.sampled_from(["", MEMO_PROVES["Authorization"]])
    | st.text(max_size=30).map("Basic {}".format),
)
async def test_no_form_makes_an_error_of_ours(
    http: httpx.AsyncClient, form: dict[str, str], path: str, authorization: str
) -> None:
    content = urlencode(form, errors="surrogatepass")
    headers = [
        (b"content-type", FORM.encode()),
        (b"authorization", authorization.encode("utf-8", "surrogatepass")),
    ]
    answer = await http.post(f"/oauth2/{path}", content=content, headers=headers)
    assert answer.status_code in (200, 400, 401), answer.text
    # Userinfo names no error where there is no token: RFC 6750, 3.1.
    if answer.status_code != 200 and answer.json():
        error_of(answer)
