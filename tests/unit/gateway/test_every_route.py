"""What holds for every route there is, also for one that is added tomorrow."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.app import MODULES
from services.gateway.body import LARGEST_BODY, StrictRoute
from services.gateway.fields import Body
from services.gateway.openid.endpoints import EndpointRoute
from services.gateway.openid.posted import PostedRoute
from services.gateway.pages.route import PageRoute
from services.gateway.session import csrf_token
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import SIREN, ServicesOnTheWire

JSON = {"content-type": "application/json"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}
EXISTING = {
    "access_request_id": "request-1",
    "siren": SIREN,
    "account_id": "bruno",
    "session_id": "session-1",
    "passkey_id": "request-1",
    "tool_id": "memo",
    "name": "portal.css",
    "digest": "0123456789abcdef",
}
NO_IDS = ["%00", "a%0Ab", "é", "x" * 41, "..%2F..", "a%20b", "%ff", "%20"]
# Longer than 64 kB also where a route would take its content for one text.
TOO_LARGE = b'{"a": "' + b"a" * LARGEST_BODY + b'"}'

ROUTES = [route for module in MODULES for route in module.router.routes if isinstance(route, APIRoute)]
PATHS = sorted({route.path for route in ROUTES})


def methods_of(route: APIRoute) -> set[str]:
    return set(route.methods or ())


def method_of(route: APIRoute) -> str:
    """Returns the method to call a route by: one whose answer has a body, where there is one."""
    return min(methods_of(route) - {"HEAD"}, default="HEAD")


WITH_BODY = [route for route in ROUTES if route.body_field is not None]
WITHOUT_BODY = [
    route
    for route in ROUTES
    if isinstance(route, StrictRoute) and route.body_field is None and method_of(route) != "HEAD"
]
PARAMETERS = [(route, name) for route in ROUTES for name in route.param_convertors]
# The choice of a language is at the foot of every page, and cannot be mistyped.
FORMS = [
    route
    for route in ROUTES
    if isinstance(route, PageRoute) and "POST" in methods_of(route) and route.path != "/langue"
]


def named(route: APIRoute) -> str:
    return f"{method_of(route)} {route.path}"


def path_of(route: APIRoute, **ids: str) -> str:
    return route.path.format(**{**EXISTING, **ids})


def example(route: APIRoute) -> dict[str, Any]:
    """Returns a body that the route would accept."""
    assert route.body_field is not None
    body: type[Body] = route.body_field.field_info.annotation  # type: ignore[assignment]  # checked below
    extra: Any = body.model_config["json_schema_extra"]
    return dict(extra["examples"][0])


async def send(
    http: httpx.AsyncClient, route: APIRoute, content: bytes, headers: dict[str, str]
) -> tuple[int, str]:
    answer = await http.request(method_of(route), path_of(route), content=content, headers=headers)
    return answer.status_code, answer.json()["code"]


def test_every_route_is_strict(app: FastAPI) -> None:
    assert list(app.routes) == ROUTES
    for route in app.routes:
        assert isinstance(route, StrictRoute | PageRoute | EndpointRoute | PostedRoute), route
        if route.path.startswith("/api/v1") or route.include_in_schema:
            assert isinstance(route, StrictRoute), route.path


def test_every_body_is_strict() -> None:
    assert len(WITH_BODY) >= 9
    for route in WITH_BODY:
        assert isinstance(route, StrictRoute), route.path
        assert route.body_field is not None
        annotation = route.body_field.field_info.annotation
        assert isinstance(annotation, type), route.path
        assert issubclass(annotation, Body), route.path


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
async def test_every_body_is_read_before_anything_else_and_without_surprise(
    route: APIRoute, http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    accepted = example(route)
    name, value = next(iter(accepted.items()))
    good = json.dumps(accepted).encode()
    twice = good[:-1] + b", " + json.dumps({name: value})[1:].encode()
    unknown = json.dumps({**accepted, "unheard_of": "administrator"}).encode()
    for content, media_type, expected in (
        (b"", "application/json", (400, "malformed_body")),
        (b"{", "application/json", (400, "malformed_body")),
        (good.replace(b"{", b"{\xff", 1), "application/json", (400, "malformed_body")),
        (b"[" * 200_000, "application/json", (400, "malformed_body")),
        (good[:-1] + b', "n": ' + b"9" * 5_000 + b"}", "application/json", (400, "malformed_body")),
        (twice, "application/json", (400, "duplicate_key")),
        (TOO_LARGE, "application/json", (413, "body_too_large")),
        (good, "text/plain", (415, "unsupported_media_type")),
        (good, "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (good[:-1] + b', "n": NaN}', "application/json", (422, "invalid_number")),
        (unknown, "application/json", (422, "unknown_field")),
        (b"[]", "application/json", (422, "wrong_type")),
    ):
        headers = {**claire, "content-type": media_type}
        assert await send(http, route, content, headers) == expected, content[:60]
    assert {name for name, _ in services.calls} <= {"GetSession"}


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
async def test_every_text_of_every_body_is_readable(
    route: APIRoute, http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    accepted = example(route)
    assert accepted
    for name in accepted:
        for character in ("\ud800", "\x00", "\r\n", "\u202e"):
            body = {**accepted, name: f"a{character}b"}
            answer = await http.request(
                method_of(route),
                path_of(route),
                content=json.dumps(body).encode(),
                headers={**JSON, **claire},
            )
            assert answer.status_code == 422
            found = [(error["field"], error["code"]) for error in answer.json()["errors"]]
            assert found == [(name, "email_invalid" if name == "email" else "invalid_text")]
    assert {name for name, _ in services.calls} <= {"GetSession"}


@pytest.mark.parametrize("route", WITHOUT_BODY, ids=named)
async def test_every_route_without_body_takes_none(
    route: APIRoute, http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    for content, expected in (
        (b'{"unheard_of": 1}', (422, "unknown_field")),
        (b"{", (400, "malformed_body")),
        (TOO_LARGE, (413, "body_too_large")),
    ):
        assert await send(http, route, content, {**JSON, **claire}) == expected
    assert services.calls == []


@pytest.mark.parametrize("path", PATHS)
async def test_every_path_answers_a_wrong_method_with_those_that_are_right(
    path: str, http: httpx.AsyncClient
) -> None:
    """A path may be that of several routes: `second-factor` is like any session's identifier."""
    asked = path.format(**EXISTING)
    right = {method for route in ROUTES if route.path_regex.match(asked) for method in methods_of(route)}
    assert right < METHODS
    for method in sorted(METHODS - right):
        answer = await http.request(method, asked)
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == ", ".join(sorted(right))


@pytest.mark.parametrize(("route", "name"), PARAMETERS, ids=[f"{named(r)} {name}" for r, name in PARAMETERS])
async def test_every_id_that_is_no_id_is_not_found(
    *,
    route: APIRoute,
    name: str,
    app: FastAPI,
    http: httpx.AsyncClient,
    claire: dict[str, str],
    services: ServicesOnTheWire,
) -> None:
    content = json.dumps(example(route)).encode() if route in WITH_BODY else None
    headers = {**JSON, **claire} if content else claire
    if isinstance(route, PageRoute):
        headers = {"Cookie": f"{COOKIE}=claires-token"}
        if method_of(route) == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
            content = f"csrf={csrf_token(app.state.own, 'claires-token')}".encode()
    for no_id in NO_IDS:
        answer = await http.request(
            method_of(route), path_of(route, **{name: no_id}), content=content, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), no_id
    assert {name for name, _ in services.calls} <= {"GetSession", "GetOwnAccess"}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({name for route in WITH_BODY for name in example(route)})
bodies: st.SearchStrategy[Any] = st.binary(max_size=60) | st.dictionaries(
    st.sampled_from(FIELDS) | st.text(max_size=5), json_values, max_size=5
).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(route=st.sampled_from(WITH_BODY), content=bodies)
async def test_no_body_ever_makes_an_error_of_ours(
    http: httpx.AsyncClient, claire: dict[str, str], route: APIRoute, content: bytes
) -> None:
    answer = await http.request(method_of(route), path_of(route), content=content, headers={**JSON, **claire})
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_a_form_is_on_a_page_that_shows_it_again(form: PageRoute) -> None:
    assert any(one.path == form.page_of and "GET" in methods_of(one) for one in ROUTES), form.page_of
