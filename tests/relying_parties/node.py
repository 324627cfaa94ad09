"""openid-client in Node: a relying party in JavaScript, with every way for a client to prove itself."""

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import ECKey

from deploy.local.health import ports_ready
from deploy.local.program import Program, running
from tests.relying_parties.party import Json, Registration

FOLDER = Path(__file__).parent / "node"
MISSING = (
    "Node with openid-client was not found: on Debian, apt-get install nodejs npm; then"
    " npm install --no-package-lock --prefix tests/relying_parties/node"
)
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
KEY = ECKey.generate_key("P-256", parameters={"kid": "node-1", "alg": "ES256", "use": "sig"})


@dataclass(frozen=True)
class Node:
    """One client of the running program."""

    port: int
    id: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/{self.id}"

    @property
    def start(self) -> str:
        return f"{self.url}/login"

    @property
    def sign_out(self) -> str:
        return f"{self.url}/logout"

    async def claims(self, browser: httpx.AsyncClient) -> Json | None:
        answer = await browser.get(f"{self.url}/")
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return None
        claims: Json = answer.json()["claims"]
        return claims

    async def userinfo(self, browser: httpx.AsyncClient) -> Json:
        return await self.ask(browser, "userinfo")

    async def refresh(self, browser: httpx.AsyncClient) -> bool:
        answer = await self.ask(browser, "refresh")
        return "before" in answer and answer["before"] != answer["after"]

    async def ask(self, browser: httpx.AsyncClient, step: str, **query: str) -> Json:
        """Has it do a step, and returns what it says: `error`, in the library's words, where that failed."""
        told: Json = (await browser.get(f"{self.url}/{step}", params=query)).json()
        return told


def client_id(method: str) -> str:
    return f"node-{method.replace('_', '-')}"


def registrations(port: int) -> list[Registration]:
    """Returns a client for each way of proving itself."""
    return [registration(port, method) for method in METHODS]


def registration(port: int, method: str) -> Registration:
    url = f"http://localhost:{port}/{client_id(method)}"
    client: dict[str, Any] = {
        "redirect_uris": [f"{url}/back"],
        "post_logout_redirect_uris": [f"{url}/bye"],
        "backchannel_logout_uri": f"{url}/backchannel",
        "initiate_login_uri": f"{url}/login",
        "token_endpoint_auth_method": method,
        "id_token_signed_response_alg": "ES256",
        "refreshes": True,
        "scopes": ["openid", "profile", "email", "company", "offline_access"],
    }
    if method == "private_key_jwt":
        client["jwks"] = json.dumps({"keys": [KEY.as_dict(private=False)]})
    return Registration(client_id(method), client)


def is_installed() -> bool:
    return shutil.which("node") is not None and (FOLDER / "node_modules" / "openid-client").exists()


@asynccontextmanager
async def running_node(
    port: int, issuer: str, secrets: Mapping[str, str], output: Path
) -> AsyncIterator[dict[str, Node]]:
    """Runs the program for the length of a block, and gives its clients by the way they prove themselves."""
    clients = {
        client_id(method): {
            "method": method,
            "alg": "ES256",
            "secret": secrets.get(client_id(method)),
            "jwk": KEY.as_dict(private=True) if method == "private_key_jwt" else None,
        }
        for method in METHODS
    }
    told = json.dumps({"port": port, "issuer": issuer, "clients": clients})
    program = Program(
        "node", (shutil.which("node") or "node", str(FOLDER / "party.mjs"), told), ports_ready(port)
    )
    async with running(program, output):
        yield {method: Node(port, client_id(method)) for method in METHODS}
