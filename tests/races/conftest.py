"""One running system with two gateways, two company services and two workers, and people at its doors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from tests.races.evidence import Evidence
from tests.races.lanes import Doors, Lane, Trio, open_lane
from tests.system.companies import Company, import_companies
from tests.system.people import Mailbox, new_person
from tests.system.replicas import replica
from tests.system.running import RunningSystem, running_system

TRIOS = 8
SECONDS_FOR_A_TEST = 900
SETTINGS = {
    # Limits are another test's business.
    "GUICHET_CLAIM_LIMIT_PER_ACCOUNT": "1000000/h",
    "GUICHET_CLAIM_LIMIT_PER_ADDRESS": "1000000/h",
    "GUICHET_CLAIM_LIMIT_PER_COMPANY": "1000000/h",
    "GUICHET_CLAIM_LIMIT_IN_ALL": "1000000/h",
    "GUICHET_SUBMISSION_LIMIT": "1000000/h",
    "GUICHET_REMINDER_COOLDOWN": "PT0.001S",
    # A busy machine must not turn an answer of 200 into one of 202.
    "GUICHET_DECISION_WAIT": "PT8S",
}
HASTY = {"GUICHET_EXPIRE_AFTER": "PT2S", "GUICHET_DECISION_WAIT": "PT0.3S"}

Companies = Iterator[Company]
OpenLanes = Callable[[int], Awaitable[list[Lane]]]


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(SECONDS_FOR_A_TEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what each race counted: a race that always goes the same way proves little."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid}: {name}: {value}")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningSystem]:
    async with running_system(tmp_path_factory.mktemp("races") / "state", **SETTINGS) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def doors(system: RunningSystem) -> AsyncIterator[Doors]:
    """Two gateways, each with a company service of its own; a second worker calls the second one."""
    async with replica(system, "company") as port:
        beside = {"GUICHET_COMPANY_PORT": str(port)}
        async with (
            replica(system, "gateway", **beside) as second,
            replica(system, "worker", **beside),
            httpx.AsyncClient(base_url=system.url, timeout=30) as one,
            httpx.AsyncClient(base_url=f"http://localhost:{second}", timeout=30) as other,
        ):
            yield one, other


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def hasty_door(system: RunningSystem) -> AsyncIterator[httpx.AsyncClient]:
    """A third gateway. What is submitted here expires after 2 s; a decision waits 0.3 s for the worker."""
    async with (
        replica(system, "company", **HASTY) as port,
        replica(system, "gateway", GUICHET_COMPANY_PORT=str(port)) as gateway,
        httpx.AsyncClient(base_url=f"http://localhost:{gateway}", timeout=30) as door,
    ):
        yield door


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def database(system: RunningSystem) -> AsyncIterator[asyncpg.Pool]:
    """The company service's database."""
    url = system.environment()["GUICHET_DATABASE_URL"]
    async with asyncpg.create_pool(f"{url}/guichet_company", min_size=1, max_size=4) as pool:
        yield pool


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def evidence(system: RunningSystem, database: asyncpg.Pool) -> Evidence:
    return Evidence(system, database, await Client.connect(system.temporal_address))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def companies(system: RunningSystem) -> Companies:
    """Companies, each given out once."""
    return iter(await import_companies(system, 2_000))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def trios(system: RunningSystem, doors: Doors) -> list[Trio]:
    one, other = doors
    mailbox = Mailbox(one, system.mailbox_url)

    names = ((one, "Claire Morel"), (other, "Dora Roy"), (one, "Bruno Petit"))
    return [
        Trio(*await asyncio.gather(*(new_person(door, mailbox, name).joins() for door, name in names)))
        for _ in range(TRIOS)
    ]


@pytest.fixture
def open_lanes(trios: list[Trio], companies: Companies) -> OpenLanes:
    """Opens so many new companies, each with two administrators and one who asks."""

    async def opened(count: int = TRIOS) -> list[Lane]:
        numbers = range(count)
        return await asyncio.gather(*(open_lane(next(companies), trios[n % TRIOS]) for n in numbers))

    return opened


@pytest_asyncio.fixture(loop_scope="session")
async def lanes(open_lanes: OpenLanes) -> list[Lane]:
    return await open_lanes(TRIOS)
