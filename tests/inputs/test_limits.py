"""Limits hold over two gateways, two identity and two company services: PostgreSQL keeps the count."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

import asyncpg
import httpx
import pytest
import pytest_asyncio
from dirty_equals import IsStr

from tests.inputs.limits import LIMITS, SETTINGS, Call, Limit, Means, claim
from tests.system.companies import Company, import_companies
from tests.system.people import Mailbox, Person, new_person
from tests.system.replicas import replica
from tests.system.running import RunningSystem, running_system

AT_ONCE = 20
JOINING_AT_ONCE = 4
SECONDS = IsStr(regex="[1-9][0-9]*")
AN_HOUR_PASSES = "interval '1 hour 1 second'"

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Pair:
    """Two gateways, each with an identity and a company service of its own."""

    system: RunningSystem
    gateways: tuple[httpx.AsyncClient, httpx.AsyncClient]
    people: list[Person]
    companies: list[Company]
    database: asyncpg.Connection
    counters: tuple[asyncpg.Connection, ...]

    async def send(self, number: int, call: Call) -> httpx.Response:
        """Makes the nth call: by the first gateway where n is even, by the second where it is odd."""
        path = f"/api/v1{call.path}"
        return await self.gateways[number % 2].post(path, json=call.body, headers=call.headers)

    async def forget_all_uses(self) -> None:
        for database in self.counters:
            await database.execute("DELETE FROM rate_limits")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    settings = {**SETTINGS, "GUICHET_TRUSTED_PROXIES": "127.0.0.1"}
    async with AsyncExitStack() as stack:
        state = tmp_path_factory.mktemp("limits") / "state"
        system = await stack.enter_async_context(running_system(state, **settings))
        second = await stack.enter_async_context(second_gateway(system))
        gateways = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=120))
            for url in (system.url, second)
        ]
        databases = [await system.database(service) for service in ("company", "identity")]
        for database in databases:
            stack.push_async_callback(database.close)
        companies = await import_companies(system, AT_ONCE + 3, seed=5)
        mailbox = Mailbox(gateways[0], system.mailbox_url)
        people = [new_person(gateways[n % 2], mailbox, f"Personne {n}") for n in range(AT_ONCE)]
        for first in range(0, AT_ONCE, JOINING_AT_ONCE):
            some = people[first : first + JOINING_AT_ONCE]
            await asyncio.gather(*(joins(person, n) for n, person in enumerate(some, first)))
        yield Pair(system, (gateways[0], gateways[1]), people, companies, databases[0], tuple(databases))


@asynccontextmanager
async def second_gateway(system: RunningSystem) -> AsyncIterator[str]:
    """Runs a second gateway with services of its own, and gives its address."""
    async with replica(system, "identity") as identity, replica(system, "company") as company:
        ports = {"GUICHET_IDENTITY_PORT": str(identity), "GUICHET_COMPANY_PORT": str(company)}
        async with replica(system, "gateway", **ports) as gateway:
            yield f"http://localhost:{gateway}"


async def joins(person: Person, number: int) -> None:
    """Joins from an address of one's own."""
    person.http = httpx.AsyncClient(
        base_url=person.http.base_url, timeout=120, headers={"X-Forwarded-For": f"192.0.2.{number + 1}"}
    )
    async with person.http:
        await person.joins()


@pytest_asyncio.fixture(loop_scope="session")
async def means(pair: Pair, owns: Iterator[int]) -> Means:
    await pair.forget_all_uses()
    return Means(next(owns), pair.people, pair.companies[3:])


@pytest.fixture(scope="module")
def owns() -> Iterator[int]:
    return count(1)


def require_limited(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited"), answer.text
    assert answer.headers["retry-after"] == SECONDS


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.name for limit in LIMITS])
async def test_two_replicas_in_turn_let_through_no_more_than_one(
    limit: Limit, pair: Pair, means: Means
) -> None:
    for number in range(limit.allowed):
        answer = await pair.send(number, limit.call(means, number))
        assert answer.status_code == limit.passed, (number, answer.text)
    for number in range(limit.allowed, limit.allowed + 2):
        require_limited(await pair.send(number, limit.call(means, number)))


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.name for limit in LIMITS])
async def test_twenty_at_once_over_two_replicas_let_through_no_more_and_no_fewer(
    limit: Limit, pair: Pair, means: Means
) -> None:
    calls = [limit.call(means, number) for number in range(AT_ONCE)]
    answers = await asyncio.gather(*(pair.send(number, call) for number, call in enumerate(calls)))
    assert Counter(answer.status_code for answer in answers) == {
        limit.passed: limit.allowed,
        429: AT_ONCE - limit.allowed,
    }
    for answer in answers:
        if answer.status_code == 429:
            require_limited(answer)


async def test_operators_hear_once_of_each_company_whose_claims_are_locked(pair: Pair, means: Means) -> None:
    operator = "accueil@example.org"
    added = await pair.system.command_line()("operators", "add", operator)
    assert added.code == 0, added.err
    mailbox = pair.people[0].mailbox
    assert isinstance(mailbox, Mailbox)
    told = [f"{one.siren[:3]}\u00a0{one.siren[3:6]}\u00a0{one.siren[6:]}" for one in means.companies[:2]]
    for count_of_mails, company in enumerate(means.companies[:2], 1):
        for _ in range(2):
            calls = [claim(1, 1, 0)(replace(means, companies=[company]), n) for n in range(AT_ONCE)]
            answers = await asyncio.gather(*(pair.send(n, call) for n, call in enumerate(calls)))
            assert answers[-1].status_code in (422, 429)
        await mailbox.message(count_of_mails, to=operator, kind="claims_locked")
        await pair.forget_all_uses()
    mails = await mailbox.messages(to=operator, kind="claims_locked")
    assert [siren in mail["subject"] for mail, siren in zip(mails, reversed(told), strict=True)] == [
        True,
        True,
    ]


async def test_submissions_to_one_company_are_counted_over_both_replicas(pair: Pair, means: Means) -> None:
    company = pair.companies[0]
    claire, bruno = pair.people[:2]
    assert (await pair.send(0, submission(claire, company))).status_code == 201
    for number in range(3):
        answer = await pair.send(number, submission(bruno, company))
        assert answer.status_code == 202, answer.text
        path = f"/api/v1/access-requests/{answer.json()['access_request']['id']}"
        headers = {"Authorization": f"Bearer {bruno.token}"}
        withdrawn = await pair.gateways[number % 2].delete(path, headers=headers)
        assert withdrawn.status_code == 204
    for number in range(3, 5):
        require_limited(await pair.send(number, submission(bruno, company)))
    dan = pair.people[2]
    assert (await pair.send(0, submission(dan, company))).status_code == 202


async def test_reminders_keep_their_cooldown_and_their_maximum_over_both_replicas(
    pair: Pair, means: Means
) -> None:
    company = pair.companies[1]
    claire, bruno = pair.people[3:5]
    assert (await pair.send(0, submission(claire, company))).status_code == 201
    answer = await pair.send(1, submission(bruno, company))
    access_request_id = answer.json()["access_request"]["id"]
    reminder = Call(f"/access-requests/{access_request_id}/reminders", {}, means.client(1), bruno.token)

    async def twenty_at_once() -> list[httpx.Response]:
        return await asyncio.gather(*(pair.send(number, reminder) for number in range(AT_ONCE)))

    rounds = [(0, "reminder_too_early"), (1, "reminder_too_early"), (1, "reminders_exhausted")]
    for passed, refusal in rounds:
        answers = await twenty_at_once()
        assert Counter(one.status_code for one in answers) == +Counter({202: passed, 429: AT_ONCE - passed})
        for one in answers:
            if one.status_code == 429:
                assert one.json()["code"] == refusal
                assert one.headers.get("retry-after") == (SECONDS if "early" in refusal else None)
        for table, column in (("access_requests", "id"), ("reminders", "access_request_id")):
            await pair.database.execute(
                f"UPDATE {table} SET created_at = created_at - {AN_HOUR_PASSES} WHERE {column} = $1",  # noqa: S608
                access_request_id,
            )
    answers = await twenty_at_once()
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(429, "reminders_exhausted")}
    kept = "SELECT count(*) FROM reminders WHERE access_request_id = $1"
    assert await pair.database.fetchval(kept, access_request_id) == 2


def submission(person: Person, company: Company) -> Call:
    body = {"siren": company.siren, "member_code": company.member_code}
    return Call("/access-requests", body, "192.0.2.99", person.token)
