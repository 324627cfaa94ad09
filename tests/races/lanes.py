"""Companies in which races are run side by side, round after round."""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

import httpx

from tests.system.companies import Company
from tests.system.people import Json, Person

Doors = tuple[httpx.AsyncClient, httpx.AsyncClient]
Answer = httpx.Response
Recorder = Callable[[str, object], None]
Result = TypeVar("Result")
RECORDED = 202  # and not applied yet: a busy machine took longer than GUICHET_DECISION_WAIT
MOST_LOOKS = 8


@dataclass(frozen=True)
class Trio:
    """Claire and Dora, who come in by one gateway each, and Bruno."""

    claire: Person
    dora: Person
    bruno: Person


@dataclass(frozen=True)
class Lane:
    """A company that Claire and Dora administer, and that Bruno asks for access to."""

    company: Company
    claire: Person
    dora: Person
    bruno: Person

    def member(self, person: Person) -> str:
        """Returns the path of someone's membership."""
        return f"/companies/{self.company.siren}/members/{person.id}"

    async def removes(self, by: Person, person: Person) -> None:
        answer = await by.call("DELETE", self.member(person))
        assert answer.status_code == 204, answer.text

    async def reinstates(self, by: Person, person: Person) -> None:
        back = {"role": "administrator", "state": "active"}
        answer = await by.call("PATCH", self.member(person), back)
        assert answer.status_code == 200, answer.text

    async def lets_in(self, by: Person, person: Person, role: str) -> None:
        """Someone asks, and an administrator approves."""
        approved = await decide(by, await person.submits(self.company), "approve", role=role)
        assert approved.status_code == 200, approved.text


async def open_lane(company: Company, trio: Trio) -> Lane:
    lane = Lane(company, trio.claire, trio.dora, trio.bruno)
    assert (await lane.claire.asks_for(company)).status_code == 201
    await lane.lets_in(lane.claire, lane.dora, "administrator")
    return lane


async def decide(by: Person, access_request_id: str, verdict: str, **more: str) -> Answer:
    """Decides, and repeats the call with its key while a busy machine answers 202, so many times at most.

    A rejection has a reason without being given one. Nothing is broken here, so that 503 is no answer.
    """
    key, body = uuid4().hex, {"verdict": verdict, "reason": "Décidé.", **more}
    path = f"/access-requests/{access_request_id}/decision"
    for _ in range(MOST_LOOKS):
        answer = await by.call("POST", path, body, Idempotency_Key=key)
        assert answer.status_code != 503, answer.text
        if answer.status_code != RECORDED:
            return answer
    raise AssertionError(f"a decision was recorded, and not applied after {MOST_LOOKS} looks: {answer.text}")


@dataclass(frozen=True)
class Timing:
    """How long a decision usually takes from its sending, in seconds, on this machine and now."""

    to_the_record: float
    to_the_answer: float


async def timing_of_decisions(lanes: Sequence[Lane]) -> Timing:
    async def play(lane: Lane, number: int) -> tuple[float, float]:
        access_request_id = await lane.bruno.submits(lane.company)
        sent_at = time.time()
        decided = await decide(lane.claire, access_request_id, "reject")
        assert decided.status_code == 200, decided.text
        return moment(decided.json()["decision"]["at"]) - sent_at, time.time() - sent_at

    records, answers = zip(*await side_by_side(lanes, 2 * len(lanes), play), strict=True)
    return Timing(statistics.median(records), statistics.median(answers))


def moment(written: str) -> float:
    """Returns a time of an answer as `time.time()` counts."""
    return datetime.fromisoformat(written).timestamp()


def through(door: httpx.AsyncClient, person: Person) -> Person:
    """Returns the same person, with the same session, at another gateway."""
    return replace(person, http=door)


def rounds(count: int) -> int:
    """Returns how many rounds to run: GUICHET_RACE_ROUNDS multiplies them (0.1, 2)."""
    return max(1, round(count * float(os.environ.get("GUICHET_RACE_ROUNDS", "1"))))


async def side_by_side(
    lanes: Sequence[Lane], count: int, play: Callable[[Lane, int], Awaitable[Result]]
) -> list[Result]:
    """Plays so many numbered rounds, one at a time in each lane. Returns what each gave, in any order."""
    numbers = iter(range(count))

    async def one_lane(lane: Lane) -> list[Result]:
        return [await play(lane, number) for number in numbers]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one_lane(lane)) for lane in lanes]
    return [result for task in tasks for result in task.result()]


async def eight_times(doors: Doors, person: Person, path: str, body: Json | None, *keys: str) -> list[Answer]:
    """Makes the same POST eight times at once, four at each gateway: with no key, one key, or one each."""
    headers = [{"Idempotency_Key": key} for key in keys] or [{}]
    return await asyncio.gather(
        *(
            through(doors[n % 2], person).call("POST", path, body, **headers[n % len(headers)])
            for n in range(8)
        )
    )


def claim_of(company: Company) -> Json:
    return {"siren": company.siren, "member_code": company.member_code}


def code_of(answer: httpx.Response) -> str:
    """Returns the code of a problem, or nothing where there was none."""
    body: Json = answer.json() if answer.content else {}
    return str(body.get("code", ""))
