"""The same Idempotency-Key eight times at the same moment, at two gateways: one effect, one answer."""

from uuid import uuid4

import pytest

from tests.races.conftest import Companies
from tests.races.evidence import Evidence
from tests.races.lanes import (
    MOST_LOOKS,
    RECORDED,
    Answer,
    Doors,
    Lane,
    Trio,
    claim_of,
    decide,
    eight_times,
    rounds,
    side_by_side,
)
from tests.system.people import Json


def only(answers: list[Answer], status: int) -> Json:
    """Returns the body that all of these answers have."""
    assert {one.status_code for one in answers} == {status}, [one.text for one in answers]
    body: Json = answers[0].json()
    assert all(one.json() == body for one in answers), [one.text for one in answers]
    return body


async def test_one_key_makes_one_administrator(
    trios: list[Trio], companies: Companies, doors: Doors, evidence: Evidence
) -> None:
    async def play(lane: Lane, number: int) -> None:
        company = next(companies)
        key = uuid4().hex
        body = only(await eight_times(doors, lane.bruno, "/access-requests", claim_of(company), key), 201)
        assert body["membership"]["account_id"] == lane.bruno.id
        assert await evidence.administrators(company.siren) == {lane.bruno.id}
        assert await evidence.audited(company.siren) == ["administrator_granted"]

    idle = [Lane(next(companies), *(trio.claire, trio.dora, trio.bruno)) for trio in trios]
    await side_by_side(idle, rounds(8), play)


async def test_one_key_makes_one_access_request(lanes: list[Lane], doors: Doors, evidence: Evidence) -> None:
    async def play(lane: Lane, number: int) -> tuple[Lane, str]:
        claim, key = claim_of(lane.company), uuid4().hex
        body = only(await eight_times(doors, lane.bruno, "/access-requests", claim, key), 202)
        submitted: str = body["access_request"]["id"]
        assert await evidence.pending(lane.company.siren) == [submitted]
        await evidence.until_mailed(submitted, "access_request_received", lane.claire, lane.dora)
        assert (await lane.bruno.call("DELETE", f"/access-requests/{submitted}")).status_code == 204
        return lane, submitted

    played = await side_by_side(lanes, rounds(8), play)
    seen = await evidence.of_ended([submitted for _, submitted in played])
    for lane, submitted in played:
        seen[submitted].require_ended("cancelled", decisions=[])
        assert seen[submitted].mailed("access_request_received", lane.claire, lane.dora) == [1, 1]
    await evidence.require_a_workflow_for_each_access_request([lane.company.siren for lane in lanes])


@pytest.mark.parametrize("verdict", ["approve", "reject"])
async def test_one_key_makes_one_decision(
    lanes: list[Lane], doors: Doors, evidence: Evidence, verdict: str
) -> None:
    final = {"approve": "approved", "reject": "rejected"}[verdict]

    async def play(lane: Lane, number: int) -> tuple[Lane, str]:
        submitted = await lane.bruno.submits(lane.company)
        decision = {"verdict": verdict, "reason": "Décidé."}
        path, key = f"/access-requests/{submitted}/decision", uuid4().hex
        for _ in range(MOST_LOOKS):
            answers = await eight_times(doors, lane.claire, path, decision, key)
            if not any(one.status_code == RECORDED for one in answers):
                break
        body = only(answers, 200)
        assert (body["state"], body["decision"]["by"]["id"]) == (final, lane.claire.id)
        if verdict == "approve":
            await lane.removes(lane.dora, lane.bruno)
        return lane, submitted

    played = await side_by_side(lanes, rounds(8), play)
    seen = await evidence.of_ended([submitted for _, submitted in played])
    for lane, submitted in played:
        seen[submitted].require_ended(final, decisions=[f"applied {verdict}"])
        assert seen[submitted].mailed(f"access_request_{final}", lane.bruno) == [1]
        assert seen[submitted].mailed("access_request_settled", lane.claire, lane.dora) == [0, 1]


async def test_one_key_makes_one_reminder(lanes: list[Lane], doors: Doors, evidence: Evidence) -> None:
    async def play(lane: Lane, number: int) -> tuple[Lane, str]:
        submitted = await lane.bruno.submits(lane.company)
        path = f"/access-requests/{submitted}/reminders"
        body = only(await eight_times(doors, lane.bruno, path, None, uuid4().hex), 202)
        assert body["reminder_count"] == 1
        await evidence.until_mailed(submitted, "access_request_reminder", lane.claire, lane.dora)
        rejected = await decide(lane.dora, submitted, "reject")
        assert rejected.status_code == 200, rejected.text
        return lane, submitted

    played = await side_by_side(lanes, rounds(8), play)
    seen = await evidence.of_ended([submitted for _, submitted in played])
    for lane, submitted in played:
        seen[submitted].require_ended("rejected", decisions=["applied reject"])
        assert seen[submitted].mailed("access_request_reminder", lane.claire, lane.dora) == [1, 1]
