"""A running system with relying parties beside it, registered by the command line as operators would."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from deploy.local.program import free_ports
from tests.browser.stage import SESSION_COOKIE, SETTINGS
from tests.relying_parties import apache, node
from tests.relying_parties.apache import running_apache
from tests.relying_parties.node import METHODS, running_node
from tests.relying_parties.party import Party, Registration
from tests.system.companies import Company, demo_companies
from tests.system.people import Mailbox, Person, new_person
from tests.system.running import RunningSystem, running_system

AHEAD = {"GUICHET_SIGNING_KEY_AHEAD": "PT1S"}
PARTIES = ("apache", *(node.client_id(method) for method in METHODS))


@dataclass
class Scene:
    """Where people sign on to relying parties."""

    system: RunningSystem
    http: httpx.AsyncClient
    parties: dict[str, Party]
    node_output: Path
    companies: Iterator[Company]

    async def person(self, name: str) -> Person:
        return await new_person(self.http, Mailbox(self.http, self.system.mailbox_url), name).joins()

    async def administrator(self) -> tuple[Person, Company]:
        """Returns somebody who administers a company of their own."""
        claire, company = await self.person("Claire Morel"), next(self.companies)
        assert (await claire.asks_for(company)).status_code == httpx.codes.CREATED
        return claire, company

    async def member(self, administrator: Person, company: Company) -> Person:
        """Returns a plain member of a company."""
        bruno = await self.person("Bruno Petit")
        entering = await bruno.submits(company)
        assert (await administrator.decides(entering, "approve")).status_code == httpx.codes.OK
        return bruno


async def registered(
    system: RunningSystem, registrations: list[Registration], folder: Path
) -> dict[str, str]:
    """Adds clients to the catalogue, and returns the secrets that were told."""
    file = folder / "clients.json"
    file.write_text(json.dumps([one.entry() for one in registrations]))
    ended = await system.command_line()("tools", "import", file, "--json")
    assert ended.code == 0, ended.err
    secrets: dict[str, str] = json.loads(ended.out)["secrets"]
    return secrets


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    for party in (apache, node):
        assert party.is_installed(), party.MISSING
    folder = tmp_path_factory.mktemp("parties")
    apache_port, node_port = free_ports(2)
    async with running_system(folder / "state", **SETTINGS, **AHEAD) as system:
        registrations = [apache.registration(apache_port), *node.registrations(node_port)]
        secrets = await registered(system, registrations, folder)
        async with (
            httpx.AsyncClient(base_url=system.url, timeout=30) as http,
            running_apache(apache_port, system.url, secrets[apache.CLIENT_ID]) as web_server,
            running_node(node_port, system.url, secrets, folder / "node") as clients,
        ):
            running: list[Party] = [web_server, *clients.values()]
            parties = {one.id: one for one in running}
            yield Scene(system, http, parties, folder / "node", iter(demo_companies()))


@pytest.fixture(params=PARTIES)
def party(scene: Scene, request: pytest.FixtureRequest) -> Party:
    return scene.parties[request.param]


@pytest_asyncio.fixture(loop_scope="session")
async def browsers() -> AsyncIterator["Browsers"]:
    opened = Browsers()
    yield opened
    for one in opened.all:
        await one.aclose()


class Browsers:
    """Browsers without script; each is somebody's who is signed in to the portal."""

    def __init__(self) -> None:
        self.all: list[httpx.AsyncClient] = []

    def of(self, person: Person | None = None) -> httpx.AsyncClient:
        browser = httpx.AsyncClient(follow_redirects=True, timeout=30, headers={"Accept": "text/html"})
        if person is not None:
            browser.cookies.set(SESSION_COOKIE, person.token, domain="localhost.local")
        self.all.append(browser)
        return browser
