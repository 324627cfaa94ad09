"""What is there after a run: the databases, Temporal, the mailbox, Mémo, and what sessions still open."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError

from tests.chaos.journal import Journal, Json
from tests.system.running import RunningSystem
from workflows.access_request.messages import STATE, WORKFLOW_TYPE, workflow_id

AT_ONCE = 10
OPEN_SIDS = "SELECT sid FROM sessions WHERE ended_at IS NULL AND expires_at > now()"

Row = TypeVar("Row")


@dataclass(frozen=True)
class Account:
    id: str
    email: str
    verified_at: datetime | None


@dataclass(frozen=True)
class Notice:
    id: str
    account_id: str
    kind: str
    used_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Membership:
    id: str
    account_id: str
    siren: str
    role: str
    state: str


@dataclass(frozen=True)
class AccessRequest:
    id: str
    account_id: str
    siren: str
    state: str
    created_at: datetime
    expire_at: datetime
    escalated_at: datetime | None
    ended_at: datetime | None

    @property
    def workflow_id(self) -> str:
        return workflow_id(self.siren, self.id)


@dataclass(frozen=True)
class Decision:
    id: str
    access_request_id: str
    verdict: str
    role: str | None
    decided_by: str
    created_at: datetime
    outcome: str | None


@dataclass(frozen=True)
class Reminder:
    id: str
    access_request_id: str
    origin: str
    created_at: datetime


@dataclass(frozen=True)
class AuditEvent:
    id: int
    created_at: datetime
    kind: str
    actor: str
    siren: str | None
    account_id: str | None
    access_request_id: str | None
    details: Json


@dataclass(frozen=True)
class Notification:
    """A row of the ledger."""

    event_id: str
    recipient_id: str
    kind: str
    access_request_id: str
    state: str


@dataclass(frozen=True)
class Workflow:
    """The newest run of a workflow. `result` is the state that an access request's completed with."""

    id: str
    type: str
    status: str
    search_state: str
    result: str


@dataclass(frozen=True)
class Mail:
    to: str
    kind: str
    access_request_id: str
    message_id: str


@dataclass(frozen=True)
class ToolSession:
    """Somebody who is signed on to Mémo, as Mémo has it. `sid` is the sign-in that it came from."""

    key: str
    account_id: str
    sid: str
    siren: str


@dataclass(frozen=True)
class Evidence:
    """Sessions and passwords are the answers, by their HTTP status, to trying them."""

    taken_at: datetime
    accounts: list[Account]
    notices: list[Notice]
    operators: list[str]
    contacts: dict[str, str]
    memberships: list[Membership]
    access_requests: list[AccessRequest]
    decisions: list[Decision]
    reminders: list[Reminder]
    audit_events: list[AuditEvent]
    notifications: list[Notification]
    workflows: list[Workflow]
    mails: list[Mail]
    sessions: dict[str, int]
    passwords: dict[tuple[str, str], int]
    open_sids: set[str]
    tool_sessions: list[ToolSession]


async def gather(system: RunningSystem, http: httpx.AsyncClient, journal: Journal) -> Evidence:
    """Collects everything. The system serves, and nobody else uses it."""
    async with connected(system, "identity") as identity:
        accounts, notices = await rows(identity, Account), await rows(identity, Notice)
        operators = [row["email"] for row in await identity.fetch("SELECT email FROM operators")]
        open_sids = {row["sid"] for row in await identity.fetch(OPEN_SIDS)}
    async with connected(system, "company") as company:
        taken_at: datetime = await company.fetchval("SELECT clock_timestamp()")
        contacts = await company.fetch("SELECT siren, contact_email FROM companies")
        memberships = await rows(company, Membership)
        access_requests = await rows(company, AccessRequest)
        decisions, reminders = await rows(company, Decision), await rows(company, Reminder)
        audit_events = await rows(company, AuditEvent)
    async with connected(system, "notification") as notification:
        notifications = await rows(notification, Notification)
    return Evidence(
        taken_at=taken_at,
        accounts=accounts,
        notices=notices,
        operators=operators,
        contacts={row["siren"]: row["contact_email"] for row in contacts},
        memberships=memberships,
        access_requests=access_requests,
        decisions=decisions,
        reminders=reminders,
        audit_events=audit_events,
        notifications=notifications,
        workflows=await workflows(await Client.connect(system.temporal_address)),
        mails=[mail async for mail in mails(http, system.mailbox_url)],
        sessions=await tried_sessions(http, journal),
        passwords=await tried_passwords(http, journal),
        open_sids=open_sids,
        tool_sessions=tool_sessions(system.state / "memo" / "sessions.sqlite"),
    )


@contextlib.asynccontextmanager
async def connected(system: RunningSystem, service: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await system.database(service)
    try:
        for kind in ("json", "jsonb"):
            await connection.set_type_codec(kind, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        yield connection
    finally:
        await connection.close()


TABLES: dict[type, str] = {
    Account: "accounts",
    Notice: "notices",
    Membership: "memberships",
    AccessRequest: "access_requests",
    Decision: "decisions",
    Reminder: "reminders",
    AuditEvent: "audit_events",
    Notification: "notifications",
}


async def rows(connection: asyncpg.Connection, kind: type[Row]) -> list[Row]:
    columns = ", ".join(field.name for field in fields(kind))  # type: ignore[arg-type]  # a dataclass, see TABLES
    found = await connection.fetch(f"SELECT {columns} FROM {TABLES[kind]} ORDER BY id")  # noqa: S608 - our own names
    return [kind(*row) for row in found]


def tool_sessions(file: Path) -> list[ToolSession]:
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as memo:
        found = memo.execute("SELECT key, sub, sid, claims FROM sessions").fetchall()
    return [ToolSession(key, sub, sid, json.loads(claims)["siren"]) for key, sub, sid, claims in found]


async def workflows(client: Client) -> list[Workflow]:
    newest: dict[str, Any] = {}
    async for run in client.list_workflows():
        if run.id not in newest or run.start_time > newest[run.id].start_time:
            newest[run.id] = run
    at_once = asyncio.Semaphore(AT_ONCE)

    async def described(run: Any) -> Workflow:
        result = ""
        if run.workflow_type == WORKFLOW_TYPE and run.status is WorkflowExecutionStatus.COMPLETED:
            async with at_once:
                with contextlib.suppress(WorkflowFailureError):
                    result = (await client.get_workflow_handle(run.id, run_id=run.run_id).result())["state"]
        search_state = run.typed_search_attributes.get(STATE) or ""
        return Workflow(run.id, run.workflow_type, run.status.name, search_state, result)

    return list(await asyncio.gather(*map(described, newest.values())))


async def mails(http: httpx.AsyncClient, url: str) -> AsyncIterator[Mail]:
    cursor = ""
    while True:
        answer = await http.get(f"{url}/api/messages", params={"limit": "100", "cursor": cursor})
        answer.raise_for_status()
        page = answer.json()
        for one in page["items"]:
            to = parseaddr(one["to"])[1].lower()
            yield Mail(to, one["kind"], one["request"], one["message_id"])
        cursor = page["next_cursor"]
        if not cursor:
            return


async def tried_sessions(http: httpx.AsyncClient, journal: Journal) -> dict[str, int]:
    tokens = [call.answer["token"] for call in journal.acknowledged("POST", "/sessions")]

    async def tried(token: str) -> int:
        answer = await http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    return dict(zip(tokens, await some_at_once(map(tried, tokens)), strict=True))


async def tried_passwords(http: httpx.AsyncClient, journal: Journal) -> dict[tuple[str, str], int]:
    changes = journal.acknowledged("POST", "/password-resets/confirmation")
    chosen = list(dict.fromkeys((call.who, str((call.body or {})["password"])) for call in changes))

    async def tried(email: str, password: str) -> int:
        answer = await http.post("/api/v1/sessions", json={"email": email, "password": password})
        return answer.status_code

    answers = await some_at_once(tried(*pair) for pair in chosen)
    return dict(zip(chosen, answers, strict=True))


async def some_at_once(tries: Iterable[Any]) -> list[int]:
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(waiting: Any) -> int:
        async with at_once:
            return int(await waiting)

    return await asyncio.gather(*map(one, tries))
