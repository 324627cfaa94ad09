"""An administrator who loses their powers in the middle of a decision."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import httpx
import pytest

from tests.races.evidence import Evidence
from tests.races.lanes import (
    Answer,
    Lane,
    Recorder,
    code_of,
    decide,
    rounds,
    side_by_side,
    through,
    timing_of_decisions,
)
from tests.races.pausing import paused_workers
from tests.system.running import RunningSystem


async def remove(lane: Lane) -> Answer:
    return await lane.dora.call("DELETE", lane.member(lane.claire))


async def demote(lane: Lane) -> Answer:
    return await lane.dora.call("PATCH", lane.member(lane.claire), {"role": "member"})


async def suspend(lane: Lane) -> Answer:
    return await lane.dora.call("PATCH", lane.member(lane.claire), {"state": "suspended"})


Act = Callable[[Lane], Awaitable[Answer]]
AUDITED: Mapping[Act, str] = {
    remove: "membership_ended",
    demote: "membership_updated",
    suspend: "membership_updated",
}
APPLIED, STRANGER, NOT_ANY_MORE = (200, ""), (404, "not_found"), (403, "not_an_administrator")


@pytest.mark.parametrize("act", AUDITED)
async def test_a_decision_recorded_before_is_refused_after(
    lanes: list[Lane],
    hasty_door: httpx.AsyncClient,
    evidence: Evidence,
    system: RunningSystem,
    act: Act,
) -> None:
    [lane, *_] = lanes
    asked = await lane.bruno.submits(lane.company)
    await evidence.until_mailed(asked, "access_request_received", lane.claire, lane.dora)
    with paused_workers(system):
        deciding = await through(hasty_door, lane.claire).decides(asked, "approve", role="administrator")
        assert (deciding.status_code, deciding.json()["state"]) == (202, "pending"), deciding.text
        taken = await act(lane)
        assert taken.status_code in (200, 204), taken.text
    kinds = await evidence.until_audited(lane.company.siren, "decision_refused")
    assert kinds[-3:] == ["decision_recorded", AUDITED[act], "decision_refused"]
    assert await evidence.role_of(lane.bruno, lane.company.siren) is None
    shown = (await lane.bruno.call("GET", f"/access-requests/{asked}")).json()
    assert (shown["state"], shown["decision"]) == ("pending", None)
    again = await decide(lane.claire, asked, "approve")
    assert (again.status_code, code_of(again)) in (STRANGER, NOT_ANY_MORE)
    rejected = await decide(lane.dora, asked, "reject")
    assert rejected.status_code == 200, rejected.text
    ended = (await evidence.of_ended([asked]))[asked]
    ended.require_ended("rejected", decisions=["applied reject", "refused approve"])
    assert ended.mailed_but("access_request_received") == {("access_request_rejected", lane.bruno.email): 1}


@pytest.mark.parametrize(("act", "count"), [(remove, 100), (demote, 24), (suspend, 24)])
async def test_a_decision_is_applied_before_its_author_loses_the_right_or_never(
    lanes: list[Lane], evidence: Evidence, record_property: Recorder, act: Act, count: int
) -> None:
    usual = (await timing_of_decisions(lanes)).to_the_answer

    async def play(lane: Lane, number: int) -> tuple[tuple[int, str], Lane, str]:
        asked = await lane.bruno.submits(lane.company)

        async def taken() -> Answer:
            await asyncio.sleep(usual * (number % 7) / 4)  # from the sending to well after the answer
            return await act(lane)

        decided, lost = await asyncio.gather(decide(lane.claire, asked, "approve"), taken())
        assert lost.status_code in (200, 204), lost.text
        outcome = decided.status_code, code_of(decided)
        assert outcome in (APPLIED, STRANGER, NOT_ANY_MORE), decided.text
        role = await evidence.role_of(lane.bruno, lane.company.siren)
        kinds = await evidence.audited_since(lane.company.siren, asked)
        if outcome == APPLIED:
            assert role == "member"
            assert kinds.index("decision_applied") < kinds.index(AUDITED[act])
            await lane.removes(lane.dora, lane.bruno)
        else:
            assert role is None
            assert "decision_applied" not in kinds
            assert (await lane.bruno.call("DELETE", f"/access-requests/{asked}")).status_code == 204
        if act is remove:
            await lane.lets_in(lane.dora, lane.claire, "administrator")
        else:
            await lane.reinstates(lane.dora, lane.claire)
        return outcome, lane, asked

    played = await side_by_side(lanes, rounds(count), play)
    counted = Counter(outcome for outcome, *_ in played)
    record_property("answered", dict(counted))
    assert counted[APPLIED]
    assert counted[STRANGER] + counted[NOT_ANY_MORE]
    seen = await evidence.of_ended([asked for *_, asked in played])
    for outcome, lane, asked in played:
        ended = seen[asked]
        if outcome == APPLIED:
            ended.require_ended("approved", decisions=["applied approve"])
            assert ended.mailed("access_request_approved", lane.bruno) == [1]
        else:
            assert ended.decisions in ([], ["refused approve"])
            ended.require_ended("cancelled", decisions=ended.decisions)
            assert ended.mailed("access_request_approved", lane.bruno) == [0]
