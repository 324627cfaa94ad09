from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.inputs.scene import Facts, Scene, set_scene
from tests.inputs.secrets import Answers
from tests.system.companies import Company, import_companies
from tests.system.people import Mailbox, NewPerson, new_person
from tests.system.running import RunningSystem, running_system


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSystem]:
    """The system with the settings it comes with, but that it logs all it can."""
    state = tmp_path_factory.mktemp("inputs") / "state"
    async with running_system(state, GUICHET_LOG_LEVEL="debug") as started:
        yield started


@pytest.fixture(scope="session")
def answers() -> Answers:
    """Everything that was answered in this run."""
    return Answers()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(system: RunningSystem, answers: Answers) -> AsyncIterator[httpx.AsyncClient]:
    hooks = {"response": [answers.keep]}
    async with httpx.AsyncClient(base_url=system.url, timeout=60, event_hooks=hooks) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mailbox(system: RunningSystem) -> AsyncIterator[Mailbox]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield Mailbox(client, system.mailbox_url)


@pytest.fixture(scope="session")
def person(http: httpx.AsyncClient, mailbox: Mailbox) -> NewPerson:
    return lambda name: new_person(http, mailbox, name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def facts(system: RunningSystem) -> AsyncIterator[Facts]:
    services = ("identity", "company", "notification")
    databases = {service: await system.database(service) for service in services}
    yield Facts(databases)
    for database in databases.values():
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def companies(system: RunningSystem) -> list[Company]:
    """Companies that nobody has claimed: the scene takes the first four."""
    return await import_companies(system, 24, seed=3)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scene(http: httpx.AsyncClient, companies: list[Company], facts: Facts, person: NewPerson) -> Scene:
    return await set_scene(http, companies[:4], facts, person)
