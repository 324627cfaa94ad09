"""Two administrators take the other's powers, or give up their own, at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.races.evidence import Evidence
from tests.races.lanes import Answer, Lane, Recorder, code_of, rounds, side_by_side
from tests.system.people import Person

Act = Callable[[Lane, Person, Person], Awaitable[Answer]]


async def remove(lane: Lane, by: Person, whom: Person) -> Answer:
    return await by.call("DELETE", lane.member(whom))


async def demote(lane: Lane, by: Person, whom: Person) -> Answer:
    return await by.call("PATCH", lane.member(whom), {"role": "member"})


async def suspend(lane: Lane, by: Person, whom: Person) -> Answer:
    return await by.call("PATCH", lane.member(whom), {"state": "suspended"})


@dataclass(frozen=True)
class Duel:
    """What both do, to the other or to themselves, and what the one who comes second is told."""

    act: Act
    to_the_other: bool
    loser: tuple[int, str]
    count: int


# Whoever has just been removed or suspended is a stranger, who may not know that the company is there.
DUELS = {
    "remove each other": Duel(remove, True, (404, "not_found"), 200),
    "demote each other": Duel(demote, True, (403, "not_an_administrator"), 24),
    "suspend each other": Duel(suspend, True, (404, "not_found"), 24),
    "leave": Duel(remove, False, (409, "last_administrator"), 24),
    "demote themselves": Duel(demote, False, (409, "last_administrator"), 24),
    "suspend themselves": Duel(suspend, False, (409, "last_administrator"), 24),
}


@pytest.mark.parametrize("duel", DUELS.values(), ids=DUELS.keys())
async def test_when_two_administrators_at_once(
    lanes: list[Lane], evidence: Evidence, record_property: Recorder, duel: Duel
) -> None:
    """Exactly one of them is left, whatever they do."""

    async def play(lane: Lane, number: int) -> str:
        pair = (lane.claire, lane.dora) if number % 2 else (lane.dora, lane.claire)
        targets = pair[::-1] if duel.to_the_other else pair
        answers = await asyncio.gather(
            *(duel.act(lane, by, whom) for by, whom in zip(pair, targets, strict=True))
        )
        done = [answer.status_code in (200, 204) for answer in answers]
        assert sorted(done) == [False, True], [answer.text for answer in answers]
        refused = answers[done.index(False)]
        assert (refused.status_code, code_of(refused)) == duel.loser, refused.text
        gone = targets[done.index(True)]
        left = lane.dora if gone is lane.claire else lane.claire
        assert await evidence.administrators(lane.company.siren) == {left.id}
        await restore(lane, left, gone)
        return "the one who came first" if done[0] else "the other"

    async def restore(lane: Lane, left: Person, gone: Person) -> None:
        if duel.act is remove:
            await lane.lets_in(left, gone, "administrator")
        else:
            await lane.reinstates(left, gone)

    played = await side_by_side(lanes, rounds(duel.count), play)
    record_property("succeeded", dict(Counter(played)))


async def test_removing_someone_who_leaves_is_harmless(lanes: list[Lane], evidence: Evidence) -> None:
    async def play(lane: Lane, number: int) -> None:
        acts = [remove(lane, lane.claire, lane.dora), remove(lane, lane.dora, lane.dora)]
        answers = await asyncio.gather(*(acts if number % 2 else acts[::-1]))
        assert sorted((one.status_code, code_of(one)) for one in answers) == [(204, ""), (404, "not_found")]
        assert await evidence.administrators(lane.company.siren) == {lane.claire.id}
        await lane.lets_in(lane.claire, lane.dora, "administrator")

    await side_by_side(lanes, rounds(50), play)
