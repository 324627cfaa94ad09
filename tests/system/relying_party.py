"""A tool as somebody else would write it: it sends people to sign on, and exchanges what they bring back."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.gateway.session import COOKIE
from tests.system.companies import Operated
from tests.system.people import Person

Json = dict[str, Any]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def registration(tool_id: str, *, roles: list[str] | None = None, **client: Any) -> Json:
    """Returns a tool as the operators' file has it."""
    address = f"http://localhost:9/{tool_id}"
    return {
        "id": tool_id,
        "name": {"fr": f"Outil {tool_id}", "en": f"Tool {tool_id}"},
        "description": {"fr": "Un outil.", "en": "A tool."},
        "url": f"{address}/",
        "icon": "window",
        "roles": roles or [],
        "client": {
            "redirect_uris": [f"{address}/callback"],
            "post_logout_redirect_uris": [f"{address}/bye"],
            "token_endpoint_auth_method": "client_secret_basic",
            "id_token_signed_response_alg": "ES256",
            "refreshes": True,
            "scopes": ["openid", "profile", "email", "company", "offline_access"],
            **client,
        },
    }


async def register(system: Operated, *tools: Json) -> dict[str, str]:
    """Imports tools by the command line, and returns the secrets that it tells, by identifier."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tools.json"
        file.write_text(json.dumps(tools), encoding="utf-8")
        ended = await system.command_line()("tools", "import", file, "--json")
    assert ended.code == 0, ended.err
    told: dict[str, str] = json.loads(ended.out)["secrets"]
    return told


def verifier() -> str:
    return secrets.token_urlsafe(32)


def challenge_of(code_verifier: str) -> str:
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parameters_of(answer: httpx.Response) -> dict[str, str]:
    """Returns what a redirect tells the tool."""
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@dataclass
class RelyingParty:
    """One tool, with what it keeps between sending somebody away and their coming back."""

    http: httpx.AsyncClient
    tool: Json
    secret: str = ""
    key: ECKey | None = None
    code_verifier: str = field(default_factory=verifier)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    @property
    def id(self) -> str:
        return str(self.tool["id"])

    @property
    def redirect_uri(self) -> str:
        return str(self.tool["client"]["redirect_uris"][0])

    def request(self, **changed: str | None) -> str:
        """Returns the address that it sends people to; None takes a parameter away."""
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email company offline_access",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge_of(self.code_verifier),
            "code_challenge_method": "S256",
            **changed,
        }
        return f"/oauth2/authorize?{urlencode({k: v for k, v in sent.items() if v is not None})}"

    async def code(self, browser: httpx.AsyncClient, **changed: str | None) -> str:
        """Has somebody who is signed in sign on, where nothing has to be asked."""
        told = parameters_of(await browser.get(self.request(**changed)))
        assert told.keys() == {"code", "state", "iss"}, told
        assert told["state"] == self.state
        return told["code"]

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        """Posts as this client, which proves itself as it is registered."""
        method = self.tool["client"]["token_endpoint_auth_method"]
        data = dict(form)
        if method == "client_secret_basic":
            pair = f"{quote_plus(self.id)}:{quote_plus(self.secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        elif method == "client_secret_post":
            data |= {"client_id": self.id, "client_secret": self.secret}
        elif method == "private_key_jwt":
            data |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        else:
            data |= {"client_id": self.id}
        return await self.http.post(path, data=data, headers=headers)

    def assertion(self, *, alg: str = "ES256", key: Any = None, **changed: Any) -> str:
        """Returns a statement by which the client proves itself; None takes a claim away."""
        now = int(time.time())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": str(self.http.base_url),
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **changed,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        signing = key or self.key
        assert signing is not None
        return jwt.encode({"alg": alg, "kid": signing.kid}, kept, signing, algorithms=[alg])

    async def exchange(self, code: str, **changed: str | None) -> httpx.Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.code_verifier,
            **changed,
        }
        return await self.post("/oauth2/token", {k: v for k, v in form.items() if v is not None})

    async def refresh(self, refresh_token: str, **more: str) -> httpx.Response:
        return await self.post(
            "/oauth2/token", {"grant_type": "refresh_token", "refresh_token": refresh_token, **more}
        )

    async def tokens(self, browser: httpx.AsyncClient, **changed: str | None) -> Json:
        answer = await self.exchange(await self.code(browser, **changed))
        assert answer.status_code == 200, answer.text
        tokens: Json = answer.json()
        return tokens

    async def claims(self, id_token: str) -> Json:
        """Returns what a signed token says, verified with the published keys."""
        keys = KeySet.import_key_set((await self.http.get("/oauth2/jwks")).json())
        claims: Json = jwt.decode(id_token, keys, algorithms=["ES256", "RS256"]).claims
        return claims

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.http.get("/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def browser_of(person: Person) -> httpx.AsyncClient:
    """Returns a browser that somebody is signed in with, beside the one that this test shares."""
    return httpx.AsyncClient(base_url=person.http.base_url, cookies={COOKIE: person.token}, timeout=30)
