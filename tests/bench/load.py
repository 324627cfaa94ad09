"""The load: people who live the whole story over HTTP, and the relay that takes their mails.

`python -m tests.bench.load`, started by the benchmark as a process of its own, which tells it what to do.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import uvloop

from tests.bench.loops import Stages, closed_loop, open_loop
from tests.bench.relay import Relay, listening
from tests.bench.talking import Json, leave, mark, serve
from tests.bench.wire import LeanClient
from tests.system.companies import Company
from tests.system.people import Person

REQUESTERS = 128
ADMINISTRATORS = 16
JOINING_AT_ONCE = 4
SECONDS_TO_SETTLE = 1.0


class WrongAnswer(Exception):
    """The product answered something else than the story says."""


@dataclass(frozen=True)
class Ask:
    """A requester and a company that have not met before, and who decides there."""

    requester: Person
    company: Company
    administrator: Person


class Stopwatch:
    """Milliseconds of each stage, and since when the present one runs."""

    def __init__(self) -> None:
        self.stages: Stages = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = (now - self._since) * 1000
        self._since = now


class Load:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._asks: Iterator[Ask] = iter(())
        self._http: LeanClient
        self._visitor: Person
        self._held: list[tuple[Ask, str]] = []

    async def prepare(self, url: str, companies: list[Json]) -> Json:
        """Signs everybody up and in, and has every company claimed."""
        self._http = LeanClient(url)
        people = [self._person(f"Personne {number}") for number in range(REQUESTERS + ADMINISTRATORS + 1)]
        slots = asyncio.Semaphore(JOINING_AT_ONCE)

        async def join(person: Person) -> None:
            async with slots:
                await person.joins()

        await asyncio.gather(*(join(person) for person in people))
        self._visitor, *people = people
        requesters, administrators = people[:REQUESTERS], people[REQUESTERS:]
        claimed = [
            (Company(**company), administrator)
            for company, administrator in zip(companies, itertools.cycle(administrators), strict=False)
        ]
        for company, administrator in claimed:
            answered(await administrator.asks_for(company), 201)
            await self._relay.arrival("administrator_granted", company.contact_email)
        self._asks = asks(requesters, claimed)
        await self._visitor.submits(claimed[0][0])
        return {"people": len(people) + 1, "companies": len(claimed)}

    async def closed(self, clients: int, warm_up: float, seconds: float) -> Json:
        run = await closed_loop(self._lifecycle, clients=clients, warm_up=warm_up, seconds=seconds, mark=mark)
        return run.written() | {"duplicates": self._relay.duplicates}

    async def open(self, rate: float, warm_up: float, seconds: float) -> Json:
        run = await open_loop(self._lifecycle, rate=rate, warm_up=warm_up, seconds=seconds, mark=mark)
        return run.written() | {"duplicates": self._relay.duplicates}

    async def one_client(self, rounds: int) -> Json:
        """Returns the milliseconds of what one client waits for, each with the system otherwise at rest."""
        took: dict[str, list[float]] = {"submit": [], "decision": [], "GET /me": [], "sign-in": []}
        for number in range(rounds):
            stages = await self._lifecycle()
            took["submit"].append(stages["submit"])
            took["decision"].append(stages["decision"])
            watch = Stopwatch()
            answered(await self._visitor.call("GET", "/me"), 200)
            watch.lap("GET /me")
            if number % 2 == 0:
                answered(await self._visitor.sign_in(), 201)
                watch.lap("sign-in")
            for name, value in watch.stages.items():
                took[name].append(value)
        return {"took": took}

    async def story(self, remind: bool) -> Json:
        """Lives one lifecycle, reminded by hand or not, and returns its workflow's id."""
        ask = next(self._asks)
        access_request_id = await ask.requester.submits(ask.company)
        await self._relay.arrival("access_request_received", access_request_id)
        if remind:
            path = f"/access-requests/{access_request_id}/reminders"
            answered(await ask.requester.call("POST", path), 202)
            await self._relay.arrival("access_request_reminder", access_request_id)
        answered(await ask.administrator.decides(access_request_id, "approve", role="member"), 200)
        await self._relay.arrival("access_request_approved", access_request_id)
        return {"siren": ask.company.siren, "access_request_id": access_request_id}

    async def held(self, count: int) -> Json:
        """Submits, waits until administrators know, and leaves the decision open.

        The mail is sent inside a workflow task, so that a moment later nothing is under way.
        """
        self._held = []
        for ask in itertools.islice(self._asks, count):
            access_request_id = await ask.requester.submits(ask.company)
            await self._relay.arrival("access_request_received", access_request_id)
            self._held.append((ask, access_request_id))
        await asyncio.sleep(SECONDS_TO_SETTLE)
        return {}

    async def decide_held(self) -> Json:
        """Approves what is held, all at once, and returns the milliseconds until each requester was told."""

        async def decide(ask: Ask, access_request_id: str) -> float:
            watch = Stopwatch()
            answered(await ask.administrator.decides(access_request_id, "approve", role="member"), 200, 202)
            await self._relay.arrival("access_request_approved", access_request_id)
            watch.lap("told")
            return watch.stages["told"]

        return {"told": await asyncio.gather(*(decide(*held) for held in self._held))}

    async def _lifecycle(self) -> Stages:
        return await lifecycle(next(self._asks), self._relay)

    def _person(self, name: str) -> Person:
        return Person(self._http, self._relay, f"{uuid4().hex[:12]}@example.com", name)


async def lifecycle(ask: Ask, relay: Relay) -> Stages:
    """Lives the story: submitted, administrators mailed, approved, access open, requester mailed.

    Returns the milliseconds of each. An answer that the story does not give: WrongAnswer.
    """
    watch = Stopwatch()
    submitted = answered(await ask.requester.asks_for(ask.company), 202)
    access_request_id = submitted["access_request"]["id"]
    watch.lap("submit")
    await relay.arrival("access_request_received", access_request_id)
    watch.lap("administrator mailed")
    decided = answered(await ask.administrator.decides(access_request_id, "approve", role="member"), 200)
    if decided["state"] != "approved":
        raise WrongAnswer(f"the decision left it {decided['state']}")
    watch.lap("decision")
    answered(await ask.requester.call("GET", f"/companies/{ask.company.siren}"), 200)
    watch.lap("access open")
    await relay.arrival("access_request_approved", access_request_id)
    watch.lap("requester mailed")
    return watch.stages


def answered(answer: httpx.Response, *expected: int) -> Json:
    """Returns what was answered. Another state than expected: WrongAnswer."""
    if answer.status_code not in expected:
        raise WrongAnswer(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
        )
    read: Json = answer.json()
    return read


def asks(requesters: list[Person], claimed: list[tuple[Company, Person]]) -> Iterator[Ask]:
    """Yields every pair once; as many in a row as there are companies share neither of the two."""
    for turn in range(len(claimed)):
        for number, requester in enumerate(requesters):
            company, administrator = claimed[(number + turn) % len(claimed)]
            yield Ask(requester, company, administrator)


async def main() -> None:
    relay = Relay()
    load = Load(relay)
    calls = (load.prepare, load.closed, load.open, load.one_client, load.story, load.held, load.decide_held)
    async with listening(relay) as port:
        await serve({call.__name__: call for call in calls}, relay_port=port)


if __name__ == "__main__":
    uvloop.run(main())
    leave()
