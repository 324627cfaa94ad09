"""The system under load: its mail relay is the load, and its limits are out of reach."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.processes import SUPERVISOR
from tests.bench.talking import Driven, driven
from tests.system.companies import Company, import_companies
from tests.system.running import RunningSystem, running_system

COMPANIES = 64
NO_LIMIT = "1000000/s"
LIFTED = {
    **{
        f"GUICHET_LIMIT_{name}": NO_LIMIT
        for name in ("SIGN_UP_PER_CLIENT", "VERIFICATION_PER_CLIENT", "SIGN_IN_PER_CLIENT", "MAIL_PER_CLIENT")
    },
    "GUICHET_REMINDER_COOLDOWN": "PT0.001S",
}


@dataclass(frozen=True)
class Loaded:
    """A system that people use, and the load that they are."""

    system: RunningSystem
    load: Driven

    def process_ids(self) -> Mapping[str, int]:
        programs = self.system.process_ids()
        return {**programs, SUPERVISOR: self.system.process.pid, "load": self.load.process_id}


@asynccontextmanager
async def loaded_system(folder: Path) -> AsyncIterator[Loaded]:
    """Runs the whole system for the length of a block, everybody signed in and every company claimed."""
    async with driven(folder / "load.log", "tests.bench.load") as load:
        settings = LIFTED | relay_of(load)
        async with running_system(folder / "state", **settings) as system:
            await prepare(load, system.url, await import_companies(system, COMPANIES))
            yield Loaded(system, load)


def relay_of(load: Driven) -> dict[str, str]:
    return {"GUICHET_SMTP_HOST": "127.0.0.1", "GUICHET_SMTP_PORT": str(load.ready["relay_port"])}


async def prepare(load: Driven, url: str, companies: list[Company]) -> None:
    await load.call("prepare", url=url, companies=[asdict(company) for company in companies])
