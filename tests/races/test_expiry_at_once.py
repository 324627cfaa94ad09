"""A decision at the very moment of expiry, and after it where the timer is late."""

import asyncio
import time
from collections import Counter
from random import Random

import httpx

from tests.races.conftest import TRIOS, OpenLanes
from tests.races.evidence import Evidence
from tests.races.lanes import (
    Answer,
    Lane,
    Recorder,
    code_of,
    decide,
    moment,
    rounds,
    side_by_side,
    through,
    timing_of_decisions,
)
from tests.races.pausing import paused_workers
from tests.system.people import Json
from tests.system.running import RunningSystem

LANES = 40
SPREAD = 0.005
STEP = 0.0005
APPROVED, EXPIRED = (200, ""), (409, "request_expired")


async def wait_until(moment: float) -> None:
    await asyncio.sleep(moment - time.time())


async def submitted(lane: Lane, door: httpx.AsyncClient) -> Json:
    answer = await through(door, lane.bruno).asks_for(lane.company)
    assert answer.status_code == 202, answer.text
    access_request: Json = answer.json()["access_request"]
    return access_request


async def test_a_decision_at_the_moment_of_expiry_counts_or_comes_too_late(
    open_lanes: OpenLanes, hasty_door: httpx.AsyncClient, evidence: Evidence, record_property: Recorder
) -> None:
    lanes = await open_lanes(LANES)
    lead = (await timing_of_decisions(lanes[:TRIOS])).to_the_record
    random = Random(1)

    async def play(lane: Lane, number: int) -> tuple[Lane, str, tuple[int, str]]:
        nonlocal lead
        await asyncio.sleep(random.random() / 2)  # so that the lanes do not all expire together
        access_request = await submitted(lane, hasty_door)
        expires_at = moment(access_request["expires_at"])
        await wait_until(expires_at + random.uniform(-SPREAD, SPREAD) - lead)
        answer = await decide(lane.claire, access_request["id"], "approve")
        outcome = answer.status_code, code_of(answer)
        assert outcome in (APPROVED, EXPIRED), answer.text
        # Every round corrects the aim a little, so that the load of the machine does not spoil it.
        lead += STEP if outcome == EXPIRED else -STEP
        role = await evidence.role_of(lane.bruno, lane.company.siren)
        assert role == ("member" if outcome == APPROVED else None)
        if role:
            await lane.removes(lane.dora, lane.bruno)
        return lane, access_request["id"], outcome

    played = await side_by_side(lanes, rounds(200), play)
    counted = Counter(outcome for _, _, outcome in played)
    record_property("answered", dict(counted))
    record_property("lead in ms", round(lead * 1000, 1))
    assert set(counted) == {APPROVED, EXPIRED}
    seen = await evidence.of_ended([access_request_id for _, access_request_id, _ in played])
    for lane, access_request_id, outcome in played:
        ended = seen[access_request_id]
        asked = ended.mailed("access_request_received", lane.claire, lane.dora)
        assert set(asked) <= {0, 1}, ended
        if outcome == APPROVED:
            ended.require_ended("approved", decisions=["applied approve"])
            assert ended.mailed_but("access_request_received") == {
                ("access_request_approved", lane.bruno.email): 1,
                ("access_request_settled", lane.dora.email): 1,
            }, ended
        else:
            ended.require_ended("expired", decisions=[])
            assert ended.mailed_but("access_request_received") == {
                ("access_request_expired", person.email): 1 for person in (lane.bruno, lane.claire, lane.dora)
            }, ended


async def test_a_decision_after_expiry_comes_too_late_though_the_timer_is_late_too(
    lanes: list[Lane], hasty_door: httpx.AsyncClient, evidence: Evidence, system: RunningSystem
) -> None:
    """One lane decides in time, the others after the deadline."""
    early, *late = lanes
    decided: list[Answer] = []
    with paused_workers(system):
        asked = [await submitted(lane, hasty_door) for lane in lanes]
        in_time = await through(hasty_door, early.claire).decides(asked[0]["id"], "approve")
        assert (in_time.status_code, in_time.json()["state"]) == (202, "pending"), in_time.text
        await wait_until(max(moment(one["expires_at"]) for one in asked))
        for lane, access_request in zip(late, asked[1:], strict=True):
            decided.append(await decide(lane.claire, access_request["id"], "approve"))
            shown = await lane.bruno.call("GET", f"/access-requests/{access_request['id']}")
            assert shown.json()["state"] == "pending"
    assert {(one.status_code, code_of(one)) for one in decided} == {EXPIRED}
    seen = await evidence.of_ended([one["id"] for one in asked])
    seen[asked[0]["id"]].require_ended("approved", decisions=["applied approve"])
    assert await evidence.role_of(early.bruno, early.company.siren) == "member"
    for lane, access_request in zip(late, asked[1:], strict=True):
        ended = seen[access_request["id"]]
        ended.require_ended("expired", decisions=[])
        assert ended.mailed("access_request_expired", lane.bruno, lane.claire, lane.dora) == [1, 1, 1]
        assert ended.mailed("access_request_approved", lane.bruno) == [0]
        assert await evidence.role_of(lane.bruno, lane.company.siren) is None
