"""One run: people and faults together, then quiet, then the checker."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx
from temporalio.client import Client

from tests.chaos.checker import check
from tests.chaos.evidence import connected, gather
from tests.chaos.faults import Faults, Rhythm
from tests.chaos.journal import Journal
from tests.chaos.people import http_client
from tests.chaos.report import Report
from tests.chaos.run import Rules
from tests.chaos.stories import Town
from tests.system.companies import Company, import_companies
from tests.system.people import Mailbox
from tests.system.running import RunningSystem, running_system

OPERATOR = "desk@example.org"
SECONDS_BETWEEN_WORDS = 10
LONGEST_ENCORE_SECONDS = 240
LONGEST_FAREWELL_SECONDS = 240
PENDING = "SELECT count(*) FROM access_requests WHERE state = 'pending'"
DEEDS = (
    "DELETE /sessions/current",
    "POST /password-resets/confirmation",
    "POST /access-requests/[^/]+/reminders",
    "POST /access-requests/[^/]+/decision",
    "DELETE /access-requests/[^/]+",
    "PATCH /companies/[^/]+/members/[^/]+",
    "DELETE /companies/[^/]+/members/[^/]+",
)
OWED = "SELECT count(*) FROM grants WHERE logout_due"
DUE = "SELECT count(*) FROM notifications WHERE state = 'due'"
LIMITS_LIFTED = {
    f"GUICHET_{name}": "1000000/s"
    for name in (
        *("LIMIT_SIGN_IN_PER_ADDRESS_AND_CLIENT", "LIMIT_SIGN_IN_PER_CLIENT", "LIMIT_SIGN_IN_PER_ADDRESS"),
        *("LIMIT_SIGN_UP_PER_CLIENT", "LIMIT_SIGN_UP_PER_ADDRESS"),
        *("LIMIT_VERIFICATION_PER_CLIENT", "LIMIT_VERIFICATION_PER_ADDRESS"),
        *("LIMIT_MAIL_PER_CLIENT", "LIMIT_MAIL_PER_ADDRESS", "LIMIT_VERIFICATION_MAIL_PER_ADDRESS"),
        *("CLAIM_LIMIT_PER_ACCOUNT", "CLAIM_LIMIT_PER_ADDRESS", "CLAIM_LIMIT_PER_COMPANY"),
        *("CLAIM_LIMIT_IN_ALL", "SUBMISSION_LIMIT"),
    )
}


@dataclass(frozen=True)
class Pace:
    """How fast time runs for access requests, in seconds, and how hard the faults strike."""

    remind: int
    escalate: int
    expire: int
    cooldown: int
    longest_quiet: int
    rhythm: Rhythm
    stories_at_once: int = 8

    def settings(self) -> dict[str, str]:
        return {
            "GUICHET_REMIND_AFTER": f"PT{self.remind}S",
            "GUICHET_ESCALATE_AFTER": f"PT{self.escalate}S",
            "GUICHET_EXPIRE_AFTER": f"PT{self.expire}S",
            "GUICHET_REMINDER_COOLDOWN": f"PT{self.cooldown}S",
            "GUICHET_LOGOUT_INTERVAL": "PT5S",
        }


SHORT = Pace(
    remind=8, escalate=14, expire=40, cooldown=2, longest_quiet=90,
    rhythm=Rhythm(gap=(1.5, 3), stop=(1, 4)),
)  # fmt: skip
LONG = Pace(
    remind=20, escalate=45, expire=180, cooldown=4, longest_quiet=600,
    rhythm=Rhythm(gap=(2, 8), stop=(1, 30)),
)  # fmt: skip
LONG_FROM_SECONDS = 300


@dataclass
class Campaign:
    """A seed gives what people do and what breaks; what meets what is up to the machine."""

    seed: int
    seconds: int
    folder: Path
    say: Callable[[str], None]

    async def run(self) -> dict[str, object]:
        """Returns the report, as JSON. `violations` and `not_proven` are empty where all invariants hold."""
        pace = LONG if self.seconds >= LONG_FROM_SECONDS else SHORT
        journal = Journal(self.folder / "journal.jsonl")
        async with running_system(self.folder / "state", **LIMITS_LIFTED, **pace.settings()) as system:
            self.say("the system is up")
            companies = await import_companies(system, 100 + self.seconds * 2, seed=self.seed)
            added = await system.command_line()("operators", "add", OPERATOR)
            assert added.code == 0, added.err
            async with http_client(system.url) as http, httpx.AsyncClient(timeout=10) as plain:
                mailbox = Mailbox(plain, system.mailbox_url)
                town = Town(http, mailbox, journal, self.seed, cooldown_seconds=pace.cooldown)
                random = Random(f"{self.seed}/faults")
                faults = Faults(system, journal, random, pace.rhythm, plain)
                await self._break_while_people_live(town, faults, pace, companies)
                await system.until_ready(seconds=120)
                self.say("mended; waiting until everything has ended")
                await self._quiet(system, pace)
                self.say("gathering what is there")
                evidence = await gather(system, http, journal)
        rules = Rules(grace=timedelta(seconds=pace.longest_quiet))
        report = check(journal, evidence, rules)
        journal.close()
        return self._told(report, town)

    async def _break_while_people_live(
        self, town: Town, faults: Faults, pace: Pace, companies: list[Company]
    ) -> None:
        living = asyncio.create_task(town.lives(companies, pace.stories_at_once))
        striking = asyncio.create_task(faults.strike())
        refusing = asyncio.create_task(faults.keep_refusing())
        try:
            await self._watch(town, [living, striking], lambda: False, self.seconds)
            await self._watch(town, [living, striking], lambda: all_was_done(town.journal), self.seconds)
            striking.cancel()
            await faults.mend()
            self.say("no more faults; people go on until everything was done once")
            await self._watch(town, [living], lambda: all_was_done(town.journal), LONGEST_ENCORE_SECONDS)
            town.closing = True
            await first_of([living], LONGEST_FAREWELL_SECONDS)
            assert living.done(), "people did not come to an end"
        finally:
            for task in (living, striking, refusing):
                task.cancel()

    async def _watch(
        self, town: Town, tasks: list[asyncio.Task[None]], done: Callable[[], bool], seconds: int
    ) -> None:
        """Tells how far it is, until it is done or the time is over. A task that fails ends it."""
        for _ in range(0, seconds, SECONDS_BETWEEN_WORDS):
            if done():
                return
            words = f"{len(town.journal.calls)} calls, {town.stories_told} companies' stories told"
            self.say(f"{words}, {len(town.journal.faults)} faults")
            await first_of(tasks, SECONDS_BETWEEN_WORDS)

    async def _quiet(self, system: RunningSystem, pace: Pace) -> None:
        """Returns once nothing is under way any more, or when it takes too long: the checker says what."""
        client = await Client.connect(system.temporal_address)
        deadline = asyncio.get_running_loop().time() + pace.expire + pace.longest_quiet
        while asyncio.get_running_loop().time() < deadline:
            running = (await client.count_workflows("ExecutionStatus = 'Running'")).count
            async with connected(system, "company") as company:
                pending = await company.fetchval(PENDING)
            async with connected(system, "notification") as notification:
                due = await notification.fetchval(DUE)
            async with connected(system, "identity") as identity:
                owed = await identity.fetchval(OWED)
            if not running and not pending and not due and not owed:
                return
            still = f"{pending} access requests pending, {running} workflows running"
            self.say(f"     {still}, {due} mails due, {owed} logouts owed")
            await asyncio.sleep(SECONDS_BETWEEN_WORDS / 2)

    def _told(self, report: Report, town: Town) -> dict[str, object]:
        faults = Counter(f"{one.kind} {one.program}" for one in town.journal.faults)
        self.say(report.table())
        self.say("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(faults.items())))
        for violation in report.violations:
            self.say(str(violation))
        for subject in report.not_proven:
            self.say(f"not proven, for nobody did it with success: {subject}")
        return {"seed": self.seed, "seconds": self.seconds, "faults": faults, **report.json()}


def all_was_done(journal: Journal) -> bool:
    """Whether people have done everything with success once: else the checker has nothing to compare."""
    done = [f"{call.method} {call.path}" for call in journal.calls if call.acknowledged]
    signed_out = {call.session for call in journal.acknowledged("DELETE", "/sessions/current")}
    return all(any(re.fullmatch(deed, one) for one in done) for deed in DEEDS) and any(
        one.session in signed_out for one in journal.sign_ons
    )


async def first_of(tasks: list[asyncio.Task[None]], seconds: float) -> None:
    """Waits for a while, or until one of the tasks fails, and raises what it raised."""
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
