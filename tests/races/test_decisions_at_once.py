"""Two administrators decide at the same moment, each at a gateway and a company service of their own."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from tests.races.evidence import Evidence
from tests.races.lanes import Lane, Recorder, decide, rounds, side_by_side
from tests.system.people import Person

APPROVE, REJECT = "approve", "reject"
FINAL = {APPROVE: "approved", REJECT: "rejected"}
OTHER = {APPROVE: REJECT, REJECT: APPROVE}


@dataclass(frozen=True)
class Round:
    """Who won, with which verdict."""

    lane: Lane
    access_request_id: str
    verdict: str
    winner: Person
    loser: Person


async def test_an_approval_and_a_rejection_at_once_end_in_one_decision(
    lanes: list[Lane], evidence: Evidence, record_property: Recorder
) -> None:
    async def play(lane: Lane, number: int) -> Round:
        access_request_id = await lane.bruno.submits(lane.company)
        # Who approves, and who is asked first, change from round to round.
        people = {APPROVE: lane.claire, REJECT: lane.dora}
        if number % 2:
            people = {APPROVE: lane.dora, REJECT: lane.claire}
        verdicts = [APPROVE, REJECT] if number % 4 < 2 else [REJECT, APPROVE]
        answers = await asyncio.gather(*(decide(people[one], access_request_id, one) for one in verdicts))
        by_status = {answer.status_code: (one, answer) for one, answer in zip(verdicts, answers, strict=True)}
        assert set(by_status) == {200, 409}, [answer.text for answer in answers]
        (won, final), (lost, refused) = by_status[200], by_status[409]
        assert lost == OTHER[won]
        assert final.json()["state"] == FINAL[won]
        told = refused.json()
        assert (told["code"], told["state"]) == ("already_decided", FINAL[won])
        assert told["decision"] == final.json()["decision"]
        assert (told["decision"]["verdict"], told["decision"]["by"]["id"]) == (won, people[won].id)
        assert (told["decided_by"], told["decided_at"]) == (people[won].name, told["decision"]["at"])
        role = await evidence.role_of(lane.bruno, lane.company.siren)
        assert role == ("member" if won == APPROVE else None)
        if role:
            await lane.removes(people[won], lane.bruno)
        return Round(lane, access_request_id, won, people[won], people[lost])

    played = await side_by_side(lanes, rounds(500), play)
    record_property("won", dict(Counter(one.verdict for one in played)))
    seen = await evidence.of_ended([one.access_request_id for one in played])
    for one in played:
        ended = seen[one.access_request_id]
        # The loser's was recorded too, or came when all was over.
        [*others] = [said for said in ended.decisions if said != f"applied {one.verdict}"]
        assert others in ([], [f"superseded {OTHER[one.verdict]}"]), ended
        ended.require_ended(FINAL[one.verdict], decisions=[f"applied {one.verdict}", *others])
        # Whoever decided before the mail was on its way is not asked any more.
        asked = ended.mailed("access_request_received", one.winner, one.loser)
        assert set(asked) <= {0, 1}, ended
        assert ended.mailed_but("access_request_received") == {
            (f"access_request_{FINAL[one.verdict]}", one.lane.bruno.email): 1,
            ("access_request_settled", one.loser.email): 1,
        }, ended
