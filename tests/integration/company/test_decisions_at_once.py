import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from guichet.company.v1 import company_pb2
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.platform.errors import FailedPrecondition
from tests.integration.company.running import RunningCompany, results

APPROVED, REJECTED = AccessRequest.STATE_APPROVED, AccessRequest.STATE_REJECTED


async def test_approve_and_reject_at_once_end_in_one_decision(company: RunningCompany) -> None:
    siren, one = await company.claimed()
    other = await company.joined(siren, one, company_pb2.ROLE_ADMINISTRATOR)
    for _ in range(8):
        person = company.person()
        id_ = await person.submit(siren)
        both = results(one.approve(id_), other.reject(id_))
        answers, errors = await company.applied(both, id_)
        assert len(answers) == len(errors) == 1
        loser = errors[0]
        assert isinstance(loser, FailedPrecondition)
        final = await person.get(id_)
        winner = {APPROVED: one, REJECTED: other}[final.state]
        assert loser.reason == "already_decided"
        assert loser.metadata["decided_by_account_id"] == winner.account_id
        assert loser.metadata["verdict"] == ("approve" if winner is one else "reject")
        told = datetime.fromisoformat(loser.metadata["decide_time"])
        assert told == final.decision.create_time.ToDatetime(UTC)
        assert loser.metadata["access_request_id"] == id_
        assert bool((await person.access()).memberships) == (winner is one)


async def test_one_key_eight_times_is_one_decision(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    id_, key = await company.person().submit(siren), uuid4().hex
    eight = results(*(administrator.approve(id_, key=key) for _ in range(8)))
    answers, errors = await company.applied(eight, id_)
    assert not errors
    assert all(one.applied for one in answers)
    assert len({one.access_request.decision.id for one in answers}) == 1
    rows = await company.sql("SELECT id FROM decisions WHERE access_request_id = :id", id=id_)
    assert len(rows) == 1


async def test_settling_at_once_and_again_changes_nothing_more(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    id_ = await company.person().submit(siren)
    approving = asyncio.ensure_future(administrator.approve(id_))
    states, _ = await results(*(company.settle(id_) for _ in range(8)))
    await company.applied(approving, id_)
    states, _ = await results(*(company.settle(id_) for _ in range(8)))
    assert set(states) == {APPROVED}
    rows = await company.sql(
        "SELECT kind FROM audit_events WHERE access_request_id = :id ORDER BY id", id=id_
    )
    kinds = [row.kind for row in rows]
    assert kinds == ["access_request_submitted", "decision_recorded", "decision_applied"]
