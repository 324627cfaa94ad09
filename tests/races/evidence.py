"""What the database, Temporal and the mailbox say about access requests, side by side."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass

import asyncpg
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from tests.system.people import Person
from tests.system.running import RunningSystem
from workflows.access_request.messages import STATE, AccessRequestOutcome, workflow_id
from workflows.access_request.workflow import AccessRequestWorkflow

SECONDS_TO_END = 60
LOOKED_AT_ONCE = 16

MAILED = """
SELECT messages.request, messages.kind, recipients.address FROM messages JOIN recipients USING (number)
WHERE messages.request IN (SELECT value FROM json_each(?))
"""
STATES = """
SELECT access_requests.id, siren, state,
    array_remove(array_agg(coalesce(outcome, 'undecided') || ' ' || verdict), NULL) AS decisions
FROM access_requests LEFT JOIN decisions ON access_request_id = access_requests.id
WHERE access_requests.id = ANY($1)
GROUP BY access_requests.id
"""


@dataclass(frozen=True)
class Seen:
    """One access request, as each part of the system has it.

    `decisions` reads like `["applied approve", "superseded reject"]`; `mails` counts (kind, address).
    """

    state: str
    decisions: list[str]
    workflow: str
    outcome: str
    shown_state: str
    mails: Counter[tuple[str, str]]

    def require_ended(self, state: str, *, decisions: Collection[str]) -> None:
        """Asserts that the database and the workflow agree on how it ended."""
        assert (self.state, self.workflow, self.outcome, self.shown_state) == (
            state,
            "COMPLETED",
            state,
            state,
        ), self
        assert sorted(self.decisions) == sorted(decisions), self

    def mailed(self, kind: str, *people: Person) -> list[int]:
        """Returns how many mails of a kind each person had."""
        return [self.mails[kind, person.email] for person in people]

    def mailed_but(self, left_out: str) -> Mapping[tuple[str, str], int]:
        """Returns the counts of all kinds but one."""
        return {told: count for told, count in self.mails.items() if told[0] != left_out}


Handle = WorkflowHandle[AccessRequestWorkflow, AccessRequestOutcome]


class Evidence:
    """Reads behind the doors."""

    def __init__(self, system: RunningSystem, database: asyncpg.Pool, temporal: Client) -> None:
        self._system = system
        self._database = database
        self.temporal = temporal

    async def of_ended(self, ids: Collection[str]) -> Mapping[str, Seen]:
        """Waits until the workflows of these access requests have ended, hence told everyone.

        Raises:
            TimeoutError: one of them goes on.
        """
        at_once = asyncio.Semaphore(LOOKED_AT_ONCE)

        async def ended(row: asyncpg.Record) -> tuple[str, str, str]:
            async with at_once, asyncio.timeout(SECONDS_TO_END):
                handle: Handle = self.temporal.get_workflow_handle_for(
                    AccessRequestWorkflow.run, workflow_id(row["siren"], row["id"])
                )
                outcome = await handle.result()
                shown = await handle.describe()
            assert shown.status is not None
            attributes = shown.typed_search_attributes
            return WorkflowExecutionStatus(shown.status).name, outcome.state, attributes[STATE]

        submitted = await self._database.fetch(STATES, list(ids))
        assert {row["id"] for row in submitted} == set(ids)
        found = await asyncio.gather(*map(ended, submitted))
        workflows = {row["id"]: workflow for row, workflow in zip(submitted, found, strict=True)}
        mails = await self.mails(ids)
        return {
            row["id"]: Seen(row["state"], row["decisions"], *workflows[row["id"]], mails[row["id"]])
            for row in await self._database.fetch(STATES, list(ids))
        }

    async def mails(self, ids: Collection[str]) -> dict[str, Counter[tuple[str, str]]]:
        """Counts the mails about each access request by kind and address."""
        counted: dict[str, Counter[tuple[str, str]]] = {id_: Counter() for id_ in ids}
        for access_request_id, kind, address in await asyncio.to_thread(self._mailed, ids):
            counted[access_request_id][kind, address] += 1
        return counted

    def _mailed(self, ids: Collection[str]) -> list[tuple[str, str, str]]:
        file = self._system.state / "mailbox" / "messages.sqlite"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as mailbox:
            return mailbox.execute(MAILED, [json.dumps(list(ids))]).fetchall()

    async def until_mailed(self, access_request_id: str, kind: str, *told: Person | str) -> None:
        """Returns once each of these people, or addresses, has had a mail of a kind."""
        addresses = [one if isinstance(one, str) else one.email for one in told]
        async with asyncio.timeout(SECONDS_TO_END):
            while True:
                mails = (await self.mails([access_request_id]))[access_request_id]
                if all(mails[kind, address] for address in addresses):
                    return
                await asyncio.sleep(0.05)

    async def require_a_workflow_for_each_access_request(self, sirens: Collection[str]) -> None:
        """Asserts that no access request of these companies lacks a workflow, or has two."""
        rows = await self._database.fetch(
            "SELECT id, siren FROM access_requests WHERE siren = ANY($1)", list(sirens)
        )
        expected = Counter(workflow_id(row["siren"], row["id"]) for row in rows)
        found: Counter[str] = Counter()
        async with asyncio.timeout(SECONDS_TO_END):
            # Temporal's lists follow its histories after a moment.
            while found.total() < expected.total():
                found = Counter([one for siren in sirens for one in await self.workflows(siren)])
        assert found == expected

    async def workflows(self, siren: str) -> list[str]:
        """Returns the ids of a company's workflows, one for each of their runs."""
        return [one.id async for one in self.temporal.list_workflows(f"GuichetSiren = '{siren}'")]

    async def pending(self, siren: str) -> list[str]:
        """Returns the pending access requests to a company."""
        rows = await self._database.fetch(
            "SELECT id FROM access_requests WHERE siren = $1 AND state = 'pending'", siren
        )
        return [row["id"] for row in rows]

    async def decisions(self, access_request_id: str) -> list[str]:
        """Returns the ids of what was decided about an access request, applied or not."""
        rows = await self._database.fetch(
            "SELECT id FROM decisions WHERE access_request_id = $1", access_request_id
        )
        return [row["id"] for row in rows]

    async def reminders(self, access_request_id: str) -> list[str]:
        """Returns the ids of an access request's reminders."""
        rows = await self._database.fetch(
            "SELECT id FROM reminders WHERE access_request_id = $1", access_request_id
        )
        return [row["id"] for row in rows]

    async def until_closed(self, siren: str, access_request_id: str) -> None:
        """Returns once no workflow runs for an access request."""
        handle = self.temporal.get_workflow_handle(workflow_id(siren, access_request_id))
        async with asyncio.timeout(SECONDS_TO_END):
            while (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                await asyncio.sleep(0.05)

    async def audited(self, siren: str) -> list[str]:
        """Returns what happened in a company, in order."""
        rows = await self._database.fetch("SELECT kind FROM audit_events WHERE siren = $1 ORDER BY id", siren)
        return [row["kind"] for row in rows]

    async def audited_since(self, siren: str, access_request_id: str) -> list[str]:
        """Returns what happened in a company since an access request was submitted, in order."""
        rows = await self._database.fetch(
            "SELECT kind FROM audit_events WHERE siren = $1 AND id >= "
            "(SELECT min(id) FROM audit_events WHERE access_request_id = $2) ORDER BY id",
            siren,
            access_request_id,
        )
        return [row["kind"] for row in rows]

    async def until_audited(self, siren: str, kind: str) -> list[str]:
        """Returns what happened in a company, once that is part of it."""
        async with asyncio.timeout(SECONDS_TO_END):
            while kind not in (kinds := await self.audited(siren)):
                await asyncio.sleep(0.05)
        return kinds

    async def role_of(self, person: Person, siren: str) -> str | None:
        """Returns the role of someone's active membership."""
        role: str | None = await self._database.fetchval(
            "SELECT role FROM memberships WHERE account_id = $1 AND siren = $2 AND state = 'active'",
            person.id,
            siren,
        )
        return role

    async def administrators(self, siren: str) -> set[str]:
        """Returns the accounts that may decide for a company."""
        rows = await self._database.fetch(
            "SELECT account_id FROM memberships"
            " WHERE siren = $1 AND role = 'administrator' AND state = 'active'",
            siren,
        )
        return {row["account_id"] for row in rows}
