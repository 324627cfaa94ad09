"""The checker finds nothing in a sound system, and finds each bug that is planted in a real one."""

import asyncio
import smtplib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import Random
from typing import cast

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from tests.chaos.checker import check
from tests.chaos.evidence import Evidence, connected, gather
from tests.chaos.journal import Fault, Journal, now
from tests.chaos.people import Manners, Resident, http_client, new_resident
from tests.chaos.report import Report, Violation
from tests.chaos.run import Rules, Run
from tests.system.companies import Company, demo_companies
from tests.system.people import PASSWORD, Mailbox
from tests.system.running import RunningSystem, running_system
from workflows.access_request.messages import workflow_id

RULES = Rules(grace=timedelta(minutes=1))
DEATH = Fault("kill", "notification", now(), now())


@dataclass
class Told:
    """A story that was told without faults, and the violations that earlier tests planted."""

    system: RunningSystem
    http: httpx.AsyncClient
    journal: Journal
    company: Company
    people: dict[str, Resident]
    access_requests: dict[str, str] = field(default_factory=dict)
    known: set[Violation] = field(default_factory=set)

    async def report(self) -> Report:
        return check(self.journal, await gather(self.system, self.http, self.journal), RULES)

    async def violated(self) -> set[str]:
        """Returns the invariants that are violated now and were not before."""
        fresh = set((await self.report()).violations) - self.known
        self.known |= fresh
        return {one.invariant for one in fresh}

    async def execute(self, service: str, statement: str, *values: object) -> None:
        async with connected(self.system, service) as database:
            await database.execute(statement, *values)

    def mail_arrives(self, kind: str, access_request_id: str, to: str) -> None:
        mail = EmailMessage()
        mail["To"], mail["Message-ID"] = to, "<planted@example.org>"
        mail["X-Guichet-Kind"], mail["X-Guichet-Request"] = kind, access_request_id
        port = int(self.system.settings["GUICHET_MAILBOX_SMTP_PORT"])
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.sendmail("bug@example.org", [to], mail.as_bytes())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    journal, company = Journal(), demo_companies()[0]
    policy = {"GUICHET_REMINDER_COOLDOWN": "PT0.001S"}
    async with (
        running_system(tmp_path_factory.mktemp("checked") / "state", **policy) as system,
        http_client(system.url) as http,
    ):
        mailbox, random = Mailbox(http, system.mailbox_url), Random(1)
        people = {
            name: new_resident(http, mailbox, journal, random, Manners(aborts=0, unread=0))
            for name in ("claire", "dora", "bruno", "omar")
        }
        told = Told(system, http, journal, company, people)
        await tell(told)
        async with asyncio.timeout(60):
            while (await told.report()).violations:
                await asyncio.sleep(0.5)
        yield told


async def tell(told: Told) -> None:
    """Has four people do everything once."""
    claire, dora, bruno, omar = told.people.values()
    assert all(await asyncio.gather(*(one.moves_in() for one in told.people.values())))
    assert (await claire.asks_for(told.company)).status_code == 201
    joins = await dora.submits(told.company)
    assert (await claire.decides(joins, "approve", role="administrator")).status_code == 200

    approved = told.access_requests["approved"] = await bruno.submits(told.company)
    assert (await bruno.call("POST", f"/access-requests/{approved}/reminders")).status_code == 202
    path, body = f"/access-requests/{approved}/decision", {"verdict": "approve", "role": "member"}
    for _ in range(2):
        assert (await claire.call("POST", path, body, Idempotency_Key="once")).status_code == 200
    assert (await dora.decides(approved, "reject", reason="Non")).status_code == 409

    cancelled = told.access_requests["cancelled"] = await omar.submits(told.company)
    assert (await omar.call("DELETE", f"/access-requests/{cancelled}")).status_code == 204
    rejected = told.access_requests["rejected"] = await omar.submits(told.company)
    assert (await dora.decides(rejected, "reject", reason="Non")).status_code == 200
    told.access_requests["pending"] = await omar.submits(told.company)

    for one in (claire, bruno):
        assert await one.opens_memo(told.company.siren)
    member = f"/companies/{told.company.siren}/members/{bruno.id}"
    for change in ({"state": "suspended"}, {"state": "active"}):
        assert (await claire.call("PATCH", member, change)).status_code == 200
    await bruno.changes_password("un autre cheval lit des cartes vertes")
    assert (await bruno.call("DELETE", "/sessions/current")).status_code == 204
    second = demo_companies()[1]
    assert (await claire.asks_for(second)).status_code == 201
    assert (await dora.decides(await omar.submits(second), "approve")).status_code == 404
    body = {"email": claire.email, "full_name": "Claire", "password": PASSWORD}
    assert (await claire.call("POST", "/accounts", body)).status_code == 202


async def test_a_sound_system_violates_nothing(told: Told) -> None:
    report = await told.report()
    assert report.violations == []


async def test_what_nobody_did_is_not_proven(told: Told) -> None:
    report = await told.report()
    assert report.not_proven == ["I1 removals: on record between call and answer"]


def test_an_outage_is_no_time_to_look() -> None:
    began = now()

    def after(seconds: float) -> datetime:
        return began + timedelta(seconds=seconds)

    journal = Journal()
    journal.faults = [
        Fault("kill", "worker", after(5), after(30)),
        Fault("stop", "company", after(10), after(20)),
        Fault("stop", "gateway", after(31), after(40)),
    ]
    run = Run(journal, cast("Evidence", None), RULES)
    assert not run.was_looked_at(began, after(44))
    assert run.was_looked_at(began, after(46))


async def test_a_membership_that_nobody_granted(told: Told) -> None:
    await told.execute(
        "company",
        "INSERT INTO memberships VALUES ('planted', $1, $2, 'member', 'active', now())",
        told.people["omar"].id,
        told.company.siren,
    )
    assert await told.violated() == {"I2"}


async def test_a_mail_that_was_skipped_with_its_ledger_row(told: Told) -> None:
    approved = told.access_requests["approved"]
    await told.execute(
        "notification",
        "DELETE FROM notifications WHERE kind = 'access_request_approved' AND access_request_id = $1",
        approved,
    )
    with sqlite3.connect(told.system.state / "mailbox" / "messages.sqlite") as mailbox:
        mailbox.execute(
            "DELETE FROM messages WHERE kind = 'access_request_approved' AND request = ?", [approved]
        )
    mailbox.close()
    assert await told.violated() == {"I4"}


async def test_a_mail_that_the_ledger_alone_calls_sent(told: Told) -> None:
    with sqlite3.connect(told.system.state / "mailbox" / "messages.sqlite") as mailbox:
        mailbox.execute("DELETE FROM messages WHERE kind = 'password_changed'")
    mailbox.close()
    assert await told.violated() == {"I4"}


async def test_two_copies_that_look_like_two_mails(told: Told) -> None:
    told.mail_arrives("access_request_received", told.access_requests["pending"], told.people["dora"].email)
    assert await told.violated() == {"I4"}


async def test_more_copies_than_anything_explains(told: Told) -> None:
    evidence = await gather(told.system, told.http, told.journal)
    doubled = replace(evidence, mails=[*evidence.mails, evidence.mails[0]])
    assert {one.invariant for one in set(check(told.journal, doubled, RULES).violations) - told.known} == {
        "I4"
    }
    explained = Journal()
    explained.calls, explained.faults = told.journal.calls, [DEATH]
    assert set(check(explained, doubled, RULES).violations) <= told.known


async def test_a_mail_about_an_ending_that_did_not_come(told: Told) -> None:
    told.mail_arrives("access_request_rejected", told.access_requests["approved"], told.people["bruno"].email)
    assert await told.violated() == {"I3"}


async def test_a_decision_that_was_undone(told: Told) -> None:
    rejected = told.access_requests["rejected"]
    await told.execute("company", "UPDATE access_requests SET state = 'expired' WHERE id = $1", rejected)
    assert await told.violated() >= {"I1", "I3"}


async def test_an_acknowledged_access_request_that_is_gone(told: Told) -> None:
    await told.execute(
        "company", "DELETE FROM access_requests WHERE id = $1", told.access_requests["cancelled"]
    )
    assert "I1" in await told.violated()


async def test_a_session_that_ended_by_itself(told: Told) -> None:
    await told.execute(
        "identity", "UPDATE sessions SET ended_at = now() WHERE account_id = $1", told.people["dora"].id
    )
    assert await told.violated() == {"I1"}


async def test_a_tool_that_missed_a_logout(told: Told) -> None:
    claire, bruno = told.people["claire"], told.people["bruno"]
    kept, lost = told.journal.sign_ons
    assert (kept.who, lost.who) == (claire.email, bruno.email)
    with sqlite3.connect(told.system.state / "memo" / "sessions.sqlite") as memo:
        memo.execute(
            "INSERT INTO sessions SELECT ?, ?, 'over', claims, token, NULL FROM sessions WHERE key = ?",
            (lost.key, bruno.id, kept.key),
        )
    memo.close()
    assert await told.violated() == {"I8"}


async def test_a_workflow_that_was_terminated(told: Told) -> None:
    client = await Client.connect(told.system.temporal_address)
    pending = workflow_id(told.company.siren, told.access_requests["pending"])
    await client.get_workflow_handle(pending).terminate()
    async with asyncio.timeout(20):
        while not (found := await told.violated()):
            await asyncio.sleep(0.2)
    assert found == {"I5"}


async def test_a_company_that_lost_its_administrators(told: Told) -> None:
    siren = demo_companies()[1].siren
    await told.execute("company", "UPDATE memberships SET role = 'member' WHERE siren = $1", siren)
    assert "I6" in await told.violated()


@pytest.mark.parametrize(
    ("status", "lost", "retry_after"), [(500, "", ""), (503, "", ""), (None, "refused", "")]
)
async def test_an_answer_that_nobody_should_get(
    told: Told, status: int | None, lost: str, retry_after: str
) -> None:
    planted = replace(told.journal.calls[-1], status=status, lost=lost, retry_after=retry_after, answer={})
    told.journal.calls.append(planted)
    assert await told.violated() == {"I7"}
