from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
import pytest_asyncio

from services.identity.settings import Settings
from services.platform.rate_limits import Rate
from services.platform.rpc_context import Acting, acting
from tests.integration.identity.running import RunningIdentity, running_identity


@pytest.fixture(scope="session")
def identity_settings(postgres_url: str, temporal_address: str, keys: Path) -> Settings:
    """The time between two verification mails is left out, but where a test is about it."""
    return Settings(
        database_url=postgres_url,
        temporal_address=temporal_address,
        keys_dir=keys,
        limit_verification_mail_per_address=Rate.parse("1000/s"),
    )


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def served(identity_settings: Settings) -> AsyncIterator[RunningIdentity]:
    async with running_identity(identity_settings) as running:
        yield running


@pytest.fixture
def identity(served: RunningIdentity) -> Iterator[RunningIdentity]:
    """The service, its clock set right again afterwards."""
    yield served
    served.clock.ahead *= 0


@pytest.fixture(autouse=True)
def own_client_address() -> Iterator[None]:
    """Gives each test an address of its own, so that tests do not spend one another's limits."""
    a, b, c = token_bytes(3)
    token = acting.set(Acting(client_address=f"10.{a}.{b}.{c}", trace_id="0123456789abcdef"))
    yield
    acting.reset(token)
