"""The people and companies of the table, and the facts that a refused input must leave alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from asyncpg import Connection

from tests.system.companies import Company
from tests.system.people import Mailbox, NewPerson, Person

# Counters are no facts, and the version of the schema changes by migrations only.
NO_FACTS = ("rate_limits", "alembic_version")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1"
# That a session was seen is written every few minutes, whatever is asked.
CONTENT = (
    "SELECT count(*), md5(string_agg(row::text, ';' ORDER BY row::text))"
    " FROM (SELECT to_jsonb(t) - 'seen_at' AS row FROM {} AS t) AS rows"
)
UNSENT = "SELECT count(*) FROM notifications WHERE state = 'due'"
NOBODYS_SIREN = "404833048"


class Facts:
    """What the three databases hold, counters aside."""

    def __init__(self, databases: Mapping[str, Connection]) -> None:
        self._databases = databases

    async def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Returns the number of rows of each table and a checksum of them, once no mail is due."""
        async with asyncio.timeout(30):
            while await self.one("notification", UNSENT):
                await asyncio.sleep(0.05)
        found = {}
        for service, database in self._databases.items():
            for row in await database.fetch(TABLES, NO_FACTS):
                table = row["tablename"]
                found[f"{service}.{table}"] = tuple(await database.fetchrow(CONTENT.format(table)))
        return found

    async def one(self, service: str, query: str, *arguments: object) -> Any:
        """Returns the one value of a query."""
        return await self._databases[service].fetchval(query, *arguments)

    async def change(self, service: str, statement: str, *arguments: object) -> None:
        await self._databases[service].execute(statement, *arguments)


@dataclass(frozen=True)
class Scene:
    """Claire administers `company`, where Mila is a member, and Zoe another company.

    Bruno's access request to `company` is pending, Dan's rejected, Eve's past its end though its timer has
    not fired, and Farah has none. Nobody is at `free`; `closed` is closed. Gil signed out.
    """

    http: httpx.AsyncClient
    company: Company
    other: Company
    free: Company
    closed: Company
    people: Mapping[str, Person]
    pending: str
    rejected: str
    late: str

    def request(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        by: str = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """Builds a call of the API, with a person's session where one is named."""
        sent = dict(headers or {})
        if by:
            sent["Authorization"] = f"Bearer {self.people[by].token}"
        return self.http.build_request(method, f"/api/v1{path}", json=json, content=content, headers=sent)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        return await self.http.send(request)

    def sign_up(self, **changes: object) -> httpx.Request:
        """Builds a sign-up that would be accepted but for the changes."""
        return self.request("POST", "/accounts", {**new_account(), **changes})

    def claim(self, by: str, company: Company, **changes: object) -> httpx.Request:
        body = {"siren": company.siren, "member_code": company.member_code, **changes}
        return self.request("POST", "/access-requests", body, by=by)


def new_account() -> dict[str, object]:
    return {
        "email": f"personne.{uuid4().hex[:12]}@example.com",
        "full_name": "Camille Durand",
        "password": "tulipe-carbone-9-lampion",
    }


async def set_scene(http: httpx.AsyncClient, companies: list[Company], facts: Facts, new: NewPerson) -> Scene:
    """Lets the people do what the scene says."""
    names = ("Claire Morel", "Mila Roy", "Zoe Blanc", "Bruno Petit", "Dan Faure", "Eve Girard")
    everyone = [new(name) for name in (*names, "Farah Simon", "Gil Meyer")]
    people = {person.name.split()[0].lower(): person for person in everyone}
    await asyncio.gather(*(person.joins() for person in everyone))
    company, other, free, closed = companies
    claire = people["claire"]
    assert (await claire.asks_for(company)).status_code == 201
    assert (await people["zoe"].asks_for(other)).status_code == 201
    entering = await people["mila"].submits(company)
    assert (await claire.decides(entering, "approve")).status_code == 200
    pending, rejected, late = [
        await people[name].submits(company, "Bonjour") for name in ("bruno", "dan", "eve")
    ]
    assert (await claire.decides(rejected, "reject", reason="Inconnu")).status_code == 200
    assert isinstance(claire.mailbox, Mailbox)
    await expected_mails(claire.mailbox, company, other, people, (entering, rejected))
    await facts.change("company", "UPDATE companies SET state = 'closed' WHERE siren = $1", closed.siren)
    await facts.change(
        "company", "UPDATE access_requests SET expire_at = now() - interval '1 second' WHERE id = $1", late
    )
    assert (await people["gil"].call("DELETE", "/sessions/current")).status_code == 204
    return Scene(http, company, other, free, closed, people, pending, rejected, late)


async def expected_mails(
    mailbox: Mailbox, company: Company, other: Company, people: Mapping[str, Person], decided: tuple[str, str]
) -> None:
    """Waits for the last mail of everything that has happened so far."""
    for claimed in (company, other):
        await mailbox.message(to=claimed.contact_email, kind="administrator_granted")
    await mailbox.message(4, to=people["claire"].email, kind="access_request_received")
    await mailbox.message(to=people["mila"].email, kind="access_request_approved", request=decided[0])
    await mailbox.message(to=people["dan"].email, kind="access_request_rejected", request=decided[1])
