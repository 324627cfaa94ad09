"""Requests at the token endpoint, and how a client proves itself there."""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import httpx

from guichet.identity.v1.sign_on_service_pb2 import (
    CheckClientSecretRequest,
    CheckClientSecretResponse,
    GetGrantResponse,
    GetToolRequest,
    GetToolResponse,
)
from guichet.identity.v1.tool_pb2 import Tool
from services.platform.errors import NotFound
from tests.unit.gateway.openid.requests import CALLBACK
from tests.unit.gateway.services_on_the_wire import GRANT, MEMO, SECRET, ServicesOnTheWire, secret_checked

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
FORM = "application/x-www-form-urlencoded"
CODE = {
    "grant_type": "authorization_code",
    "code": "a-code",
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
}
# Characters that RFC 6749, 5.2, allows, but brackets and braces, by which Python would show.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5a\x5e-\x7a]*")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


MEMO_PROVES = basic("memo", SECRET)


def memo_with(services: ServicesOnTheWire, method: str, jwks: str = "") -> None:
    tool = Tool()
    tool.CopyFrom(MEMO)
    tool.client.token_endpoint_auth_method = method
    tool.client.jwks = jwks
    memo_is(services, tool)


def memo_is(services: ServicesOnTheWire, tool: Tool) -> None:
    """Has identity answer everywhere as if the tool were this."""

    def named(request: GetToolRequest) -> GetToolResponse:
        if request.id != tool.id:
            raise NotFound("not_found")
        return GetToolResponse(tool=tool)

    def checked(request: CheckClientSecretRequest) -> CheckClientSecretResponse:
        usual = secret_checked(request)
        if usual.valid:
            usual.tool.CopyFrom(tool)
        if usual.HasField("presented"):
            usual.presented.tool.CopyFrom(tool)
        return usual

    services.replies["GetTool"] = named
    services.replies["CheckClientSecret"] = checked
    services.replies["GetGrant"] = GetGrantResponse(grant=GRANT, tool=tool)


async def exchange(
    http: httpx.AsyncClient, headers: Mapping[str, str] = MEMO_PROVES, /, **changed: str
) -> httpx.Response:
    return await http.post("/oauth2/token", data={**CODE, **changed}, headers=headers)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Returns status and error; every such answer is JSON, kept by nobody, and described in plain words."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    assert DESCRIPTION.fullmatch(told.get("error_description", ""))
    return answer.status_code, told["error"]


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(claims: dict[str, Any], **header: str) -> str:
    parts = ({"alg": "none", **header}, claims)
    return ".".join(encoded(json.dumps(one).encode()) for one in parts) + "."


def by_public_key(public_key: bytes, claims: dict[str, Any], kid: str) -> str:
    """Signs with a public key as if it were a secret."""
    parts = ({"alg": "HS256", "kid": kid}, claims)
    content = ".".join(encoded(json.dumps(one).encode()) for one in parts)
    return f"{content}.{encoded(hmac.digest(public_key, content.encode(), 'sha256'))}"
