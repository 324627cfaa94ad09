"""The same ask, eight times at the same moment, at two gateways; and two firsts at once."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from tests.races.conftest import Companies
from tests.races.evidence import Evidence
from tests.races.lanes import (
    Doors,
    Lane,
    Recorder,
    Trio,
    claim_of,
    code_of,
    decide,
    eight_times,
    rounds,
    side_by_side,
)
from tests.system.people import Json, Person


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key each"])
async def test_eight_identical_asks_at_once_are_one_pending_access_request(
    lanes: list[Lane], doors: Doors, evidence: Evidence, keyed: bool
) -> None:
    async def play(lane: Lane, number: int) -> tuple[Lane, str]:
        keys = [uuid4().hex for _ in range(8)] if keyed else []
        answers = await eight_times(doors, lane.bruno, "/access-requests", claim_of(lane.company), *keys)
        assert Counter((one.status_code, code_of(one)) for one in answers) == {
            (202, ""): 1,
            (409, "already_pending"): 7,
        }, [one.text for one in answers]
        [submitted] = [one.json()["access_request"]["id"] for one in answers if one.status_code == 202]
        named = {one.json()["access_request_id"] for one in answers if one.status_code == 409}
        assert named == {submitted}
        assert await evidence.pending(lane.company.siren) == [submitted]
        await evidence.until_mailed(submitted, "access_request_received", lane.claire, lane.dora)
        rejected = await decide(lane.claire, submitted, "reject")
        assert rejected.status_code == 200, rejected.text
        return lane, submitted

    played = await side_by_side(lanes, rounds(24), play)
    seen = await evidence.of_ended([submitted for _, submitted in played])
    for lane, submitted in played:
        ended = seen[submitted]
        ended.require_ended("rejected", decisions=["applied reject"])
        assert ended.mailed("access_request_received", lane.claire, lane.dora) == [1, 1], ended
        assert ended.mailed("access_request_rejected", lane.bruno) == [1]
    await evidence.require_a_workflow_for_each_access_request([lane.company.siren for lane in lanes])


async def test_of_two_firsts_at_once_one_becomes_administrator_and_the_other_waits(
    trios: list[Trio],
    companies: Companies,
    evidence: Evidence,
    record_property: Recorder,
) -> None:
    async def play(lane: Lane, number: int) -> tuple[str, str]:
        company = next(companies)
        pair = (lane.claire, lane.dora) if number % 2 else (lane.dora, lane.claire)
        answers = await asyncio.gather(*(person.asks_for(company) for person in pair))
        by_status: dict[int, tuple[Person, Json]] = {
            answer.status_code: (person, answer.json()) for person, answer in zip(pair, answers, strict=True)
        }
        assert set(by_status) == {201, 202}, [one.text for one in answers]
        (first, granted), (second, pending) = by_status[201], by_status[202]
        assert (granted["outcome"], granted["membership"]["role"]) == (
            "administrator_granted",
            "administrator",
        )
        assert (granted["membership"]["account_id"], pending["outcome"]) == (first.id, "pending")
        assert await evidence.administrators(company.siren) == {first.id}
        assert await evidence.role_of(second, company.siren) is None
        submitted: str = pending["access_request"]["id"]
        assert await evidence.pending(company.siren) == [submitted]
        return company.siren, "the one asked first" if first is pair[0] else "the other"

    idle = [Lane(next(companies), *(trio.claire, trio.dora, trio.bruno)) for trio in trios]
    played = await side_by_side(idle, rounds(100), play)
    record_property("administrator", dict(Counter(who for _, who in played)))
    await evidence.require_a_workflow_for_each_access_request([siren for siren, _ in played])
