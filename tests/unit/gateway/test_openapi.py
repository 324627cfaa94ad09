"""The API's documentation says everything, and says it right."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from services.gateway.body import StrictRoute
from services.gateway.documented import EVERYWHERE
from services.gateway.errors import OWN_MISTAKES
from services.gateway.problems import STATUSES
from services.gateway.services import COMPANY, IDENTITY, NOTIFICATION
from tests.unit.gateway.test_problems import documented_reasons

# What each route calls, beside GetSession and BatchGetAccounts.
CALLS = {
    ("post", "/accounts"): ["CreateAccount"],
    ("post", "/accounts/verification"): ["VerifyAccount"],
    ("post", "/accounts/verification-codes"): ["ResendVerification"],
    ("post", "/sessions"): ["CreateSession"],
    ("post", "/sessions/second-factor"): ["CompleteSession"],
    ("get", "/sessions"): ["ListSessions"],
    ("delete", "/sessions/others"): ["RevokeOtherSessions"],
    ("delete", "/sessions/{session_id}"): ["RevokeSession"],
    ("delete", "/sessions/current"): ["DeleteSession"],
    ("post", "/password-resets"): ["RequestPasswordReset"],
    ("post", "/password-resets/confirmation"): ["ConfirmPasswordReset"],
    ("get", "/me"): ["GetOwnAccess"],
    ("patch", "/me"): ["UpdateAccount"],
    ("post", "/me/password"): ["ChangePassword"],
    ("post", "/access-requests"): ["RequestAccess"],
    ("post", "/company-claims"): ["CheckClaim"],
    ("get", "/access-requests"): ["ListAccessRequests"],
    ("get", "/access-requests/{access_request_id}"): ["GetAccessRequest"],
    ("patch", "/access-requests/{access_request_id}"): ["UpdateAccessRequestMessage"],
    ("get", "/access-requests/{access_request_id}/deliveries"): ["GetAccessRequest", "ListDeliveries"],
    ("delete", "/access-requests/{access_request_id}"): ["CancelAccessRequest"],
    ("get", "/access-requests/{access_request_id}/events"): ["WaitAccessRequest", "GetAccessRequest"],
    ("post", "/access-requests/{access_request_id}/reminders"): ["RemindAdministrators"],
    ("post", "/access-requests/{access_request_id}/decision"): [
        "ApproveAccessRequest",
        "RejectAccessRequest",
    ],
    ("get", "/companies/{siren}"): ["GetCompany"],
    ("get", "/companies/{siren}/access-requests"): ["ListCompanyAccessRequests"],
    ("get", "/companies/{siren}/members"): ["ListMemberships", "GetCompany"],
    ("patch", "/companies/{siren}/members/{account_id}"): ["UpdateMembership"],
    ("delete", "/companies/{siren}/members/{account_id}"): ["DeleteMembership"],
    ("get", "/tools"): ["GetCompany"],
}
REASONS = {
    rpc: reasons
    for service in (IDENTITY, COMPANY, NOTIFICATION)
    for rpc, reasons in documented_reasons(service).items()
}


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def declared(operation: Mapping[str, Any]) -> set[str]:
    return {
        code
        for response in operation["responses"].values()
        for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }


def test_every_call_of_the_contract_is_there(document: dict[str, Any]) -> None:
    documented = {(method, path) for method, path, _ in operations(document)}
    promised = {(method, f"/api/v1{path}") for method, path in CALLS}
    assert documented == promised | {("get", "/healthz"), ("get", "/readyz")}


def test_every_public_route_is_documented(app: FastAPI, document: dict[str, Any]) -> None:
    for route in app.routes:
        if isinstance(route, StrictRoute) and route.path.startswith("/api/v1"):
            assert route.path in document["paths"]


@pytest.mark.parametrize(("method", "path"), list(CALLS))
def test_every_reason_of_the_calls_behind_a_route_is_declared(
    document: dict[str, Any], method: str, path: str
) -> None:
    operation = document["paths"][f"/api/v1{path}"][method]
    for rpc in CALLS[method, path]:
        assert REASONS.get(rpc, set()) - OWN_MISTAKES <= declared(operation), rpc


def test_every_operation_declares_what_any_of_its_kind_may_answer(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        codes = declared(operation)
        assert set(EVERYWHERE) <= codes
        if operation.get("security"):
            assert {"unauthenticated", "session_expired", "service_unavailable"} <= codes, path
            assert ("csrf_failed" in codes) == (method != "get"), path
        if "requestBody" in operation:
            assert {"field_required", "invalid_text"} <= codes, path
        if "{" in path:
            assert "not_found" in codes, path
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
            assert {"idempotency_key_invalid", "idempotency_key_reused"} <= codes, path


def test_every_problem_is_under_its_status_and_fits_the_schema(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for _, path, operation in operations(document):
        assert "HTTPValidationError" not in str(operation), path
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json", {})
            for code, example in content.get("examples", {}).items():
                assert STATUSES[code] == example["value"]["status"] == int(status)
                jsonschema.validate(example["value"], schema)


def test_every_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        assert operation["description"].endswith("."), path
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert (body is not None) == (method == "patch" or (method == "post" and "reminders" not in path))
        for example in (body or {}).get("examples", {}).values():
            check(example["value"], body["schema"], document)
        assert body is None or body["examples"]
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                for media_type, answer in response["content"].items():
                    assert answer["example"], (method, path, status)
                    if media_type == "application/json":
                        check(answer["example"], answer["schema"], document)


def check(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    jsonschema.validate(value, {**schema, "components": document["components"]})


def test_every_parameter_is_explained(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])
        assert set(re.findall(r"\{(\w+)\}", path)) <= {
            parameter["name"] for parameter in operation.get("parameters", [])
        }


async def test_the_reference_page_lists_every_operation_and_code(
    http: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    text = (await http.get("/api/docs")).text
    for method, path, operation in operations(document):
        assert f"{method.upper()} {path}" in text
        assert f'id="{operation["operationId"]}"' in text
    for code in STATUSES:
        assert f'id="{code}"' in text
    assert (await http.get("/api/openapi.json")).json() == document
