"""How a gateway process is started, and how people get in through it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.program import Program
from services.identity.domain.notice import NoticeKind
from tests.integration.company.running import RunningCompany
from tests.integration.identity.running import PASSWORD, RunningIdentity, new_email


@dataclass(frozen=True)
class Gateway:
    port: int
    keys: Path
    identity: RunningIdentity
    company: RunningCompany

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "GUICHET_HTTP_PORT": str(self.port),
            "GUICHET_IDENTITY_PORT": port_of(self.identity.address),
            "GUICHET_COMPANY_PORT": port_of(self.company.address),
            "GUICHET_KEYS_DIR": str(self.keys),
        }

    async def signed_in(self, http: httpx.AsyncClient, full_name: str) -> dict[str, str]:
        """Signs a new person up and in, and returns the headers of their calls."""
        email = new_email()
        body = {"email": email, "full_name": full_name, "password": PASSWORD}
        assert (await http.post("/api/v1/accounts", json=body)).status_code == 202
        notice = await self.identity.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
        verified = await http.post("/api/v1/accounts/verification", json={"token": notice.token})
        assert verified.status_code == 200, verified.text
        session = await http.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
        assert session.status_code == 201, session.text
        return {"Authorization": f"Bearer {session.json()['token']}"}


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def gateway_program(gateway: Gateway) -> Program:
    async def ready() -> None:
        async with httpx.AsyncClient() as client:
            (await client.get(f"{gateway.url}/healthz")).raise_for_status()

    return Program(
        name="gateway",
        argv=(sys.executable, "-m", "services.gateway"),
        ready=ready,
        environment=gateway.environment,
    )
