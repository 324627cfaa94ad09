import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import ECKey

from tests.system.companies import Company
from tests.system.people import NewPerson, Person
from tests.system.relying_party import RelyingParty, browser_of, register, registration
from tests.system.running import RunningSystem

KEY = ECKey.generate_key("P-256", {"kid": "of-signed", "use": "sig"})
TOOLS: dict[str, dict[str, Any]] = {
    "notes": registration("notes"),
    "other": registration("other"),
    "browserly": registration("browserly", token_endpoint_auth_method="none"),
    "posted": registration("posted", token_endpoint_auth_method="client_secret_post"),
    "signed": registration(
        "signed",
        token_endpoint_auth_method="private_key_jwt",
        jwks=json.dumps({"keys": [KEY.as_dict(private=False)]}),
    ),
    "asking": registration("asking", asks_consent=True),
    "ruling": registration("ruling", roles=["administrator"]),
    "older": registration("older", id_token_signed_response_alg="RS256"),
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tools(system: RunningSystem, http: httpx.AsyncClient) -> dict[str, RelyingParty]:
    """One tool of each kind."""
    secrets = await register(system, *TOOLS.values())
    return {name: RelyingParty(http, tool, secrets.get(name, ""), KEY) for name, tool in TOOLS.items()}


@pytest.fixture
def notes(tools: dict[str, RelyingParty]) -> RelyingParty:
    return tools["notes"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(companies: Iterator[Company]) -> Company:
    return next(companies)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def claire(person: NewPerson, company: Company) -> Person:
    """She administers the company."""
    joined = await person("Claire Morel").joins()
    assert (await joined.asks_for(company)).status_code == 201
    return joined


@pytest_asyncio.fixture(loop_scope="session")
async def browser(claire: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(claire) as opened:
        yield opened
