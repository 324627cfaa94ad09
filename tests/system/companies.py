"""Companies that people claim: those of the demo, and as many more as a test needs."""

import csv
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Protocol

from stdnum import luhn

from tests.system.running import ROOT, CommandLine

DEMO = ROOT / "deploy" / "local" / "demo" / "companies.csv"


@dataclass(frozen=True)
class Company:
    siren: str
    name: str
    member_code: str
    contact_email: str


def demo_companies() -> list[Company]:
    """Returns the companies that `make up` imports by itself."""
    with DEMO.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Company(row["siren"], row["name"], row["member_code"], row["contact_email"]) for row in rows]


class Operated(Protocol):
    """A system with a command line beside it."""

    def command_line(self) -> CommandLine: ...


async def import_companies(system: Operated, count: int, *, seed: int = 1) -> list[Company]:
    """Imports invented companies by the command line. The same seed invents the same ones."""
    random = Random(seed)
    starts = random.sample(range(10_000_000, 100_000_000), count)
    sirens = [f"{start}{luhn.calc_check_digit(str(start))}" for start in starts]
    companies = [
        Company(siren, f"Atelier {siren}", f"ADH-{siren[:6]}", f"contact.{siren}@example.org")
        for siren in sirens
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "companies.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(["siren", "name", "member_code", "contact_email", "city"])
            writer.writerows(
                [one.siren, one.name, one.member_code, one.contact_email, ""] for one in companies
            )
        ended = await system.command_line()("companies", "import", file)
    assert ended.code == 0, ended.err
    return companies
