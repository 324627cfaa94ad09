import asyncio
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest, Decision
from services.company.settings import CompanySettings
from services.platform.errors import FailedPrecondition, NotFound, PermissionDenied, Unavailable
from tests.integration.company.running import RunningCompany, refused, results, running_company

PENDING, APPROVED = AccessRequest.STATE_PENDING, AccessRequest.STATE_APPROVED
REJECTED, EXPIRED, CANCELLED = (
    AccessRequest.STATE_REJECTED,
    AccessRequest.STATE_EXPIRED,
    AccessRequest.STATE_CANCELLED,
)


async def test_an_approval_opens_access_with_the_role_given(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    answer = await company.applied(administrator.approve(id_, role=company_pb2.ROLE_ADMINISTRATOR), id_)
    assert answer.applied
    assert answer.access_request.state == APPROVED
    assert answer.access_request.decision.decided_by_account_id == administrator.account_id
    access = await person.access()
    assert [(one.siren, one.role) for one in access.memberships] == [(siren, company_pb2.ROLE_ADMINISTRATOR)]
    assert not access.pending_access_requests
    assert await company.signals(siren, id_) == ["approve"]


async def test_a_rejection_gives_its_reason_and_no_access(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    assert (await refused(administrator.reject(id_, reason=" "))).reason == "reason_required"
    answer = await company.applied(administrator.reject(id_, reason="Parti en mai"), id_)
    assert answer.applied
    seen = await person.get(id_)
    assert (seen.state, seen.decision.verdict, seen.decision.reason) == (
        REJECTED,
        Decision.VERDICT_REJECT,
        "Parti en mai",
    )
    assert not (await person.access()).memberships


async def test_without_a_worker_the_decision_is_recorded_and_applied_later(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 30})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        person = company.person()
        id_ = await person.submit(siren)
        answer = await administrator.approve(id_, key="approve-once")
        assert not answer.applied
        assert answer.access_request.state == PENDING
        assert await company.settle(id_) == APPROVED
        assert (await administrator.approve(id_, key="approve-once")).applied


async def test_strangers_members_and_the_requester_may_not_decide(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    person, (_, elsewhere) = company.person(), await company.claimed()
    id_ = await person.submit(siren)
    for stranger in (elsewhere, company.person()):
        assert isinstance(await refused(stranger.approve(id_)), NotFound)
        assert isinstance(await refused(stranger.get(id_)), NotFound)
    error = await refused(member.approve(id_))
    assert (error.reason, type(error)) == ("not_an_administrator", PermissionDenied)
    assert (await refused(member.reject(id_))).reason == "not_an_administrator"
    assert (await refused(person.approve(id_))).reason == "self_approval"
    assert (await refused(person.reject(id_))).reason == "not_an_administrator"
    assert (await refused(administrator.approve("no-such-id"))).reason == "not_found"
    assert (await refused(administrator.approve("\x00/../é"))).reason == "not_found"


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
        assert loser.metadata["decide_time"] == final.decision.create_time.ToJsonString()
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


async def test_a_decision_after_a_decision_names_the_first(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.applied(administrator.approve(id_), id_)
    for error in (await refused(administrator.reject(id_)), await refused(person.remind(id_))):
        assert (error.reason, error.metadata["verdict"], error.metadata["role"]) == (
            "already_decided",
            "approve",
            "member",
        )


async def test_a_decision_after_expiry_is_refused_though_the_timer_is_late(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.expire(id_)
    assert (await refused(administrator.approve(id_))).reason == "request_expired"
    assert await company.settle(id_) == EXPIRED
    assert (await refused(administrator.approve(id_))).reason == "request_expired"
    assert not (await person.access()).memberships


async def test_a_decision_recorded_before_expiry_counts_though_it_is_applied_after(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        id_ = await company.person().submit(siren)
        assert not (await administrator.approve(id_)).applied
        await company.expire(id_)
        assert await company.settle(id_) == APPROVED


async def test_what_a_removed_administrator_recorded_is_never_applied(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        removed = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
        demoted = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
        person = company.person()
        id_ = await person.submit(siren)
        assert not (await removed.approve(id_)).applied
        assert not (await demoted.approve(id_)).applied
        await administrator.remove(siren, removed)
        await administrator.update(siren, demoted, role=company_pb2.ROLE_MEMBER)
        assert await company.settle(id_) == PENDING
        assert not (await person.access()).memberships
        await administrator.reject(id_)
        assert await company.settle(id_) == REJECTED
        signals = await company.signals(siren, id_)
        assert signals.count("administrators_changed") == 2


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


async def test_a_requester_withdraws_once_or_twice_but_not_after_a_decision(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    assert (await refused(administrator.cancel(id_))).reason == "not_found"
    for _ in range(2):
        assert (await person.cancel(id_)).access_request.state == CANCELLED
    assert await company.signals(siren, id_) == ["cancel"]
    assert (await refused(administrator.approve(id_))).reason == "request_cancelled"
    assert await company.settle(id_) == CANCELLED
    decided = await person.submit(siren)
    await company.applied(administrator.reject(decided), decided)
    assert (await refused(person.cancel(decided))).reason == "already_decided"


async def test_a_decision_recorded_before_a_withdrawal_comes_first(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        siren, administrator = await company.claimed()
        person = company.person()
        id_ = await person.submit(siren)
        assert not (await administrator.approve(id_)).applied
        assert (await refused(person.cancel(id_))).reason == "already_decided"
        assert (await person.get(id_)).state == APPROVED


async def test_without_the_workflow_engine_no_decision_is_left(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    away = company_settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with running_company(away) as cut_off:
        for call in (
            cut_off.acting_as(administrator).approve(id_, key="k"),
            cut_off.acting_as(person).cancel(id_),
        ):
            assert isinstance(await refused(call), Unavailable)
    assert not await company.sql("SELECT id FROM decisions WHERE access_request_id = :id", id=id_)
    assert await company.settle(id_) == PENDING
    assert (await company.applied(administrator.approve(id_, key="k"), id_)).applied


async def test_a_workflow_that_operations_ended_is_started_again_for_a_decision(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.workflow(siren, id_).terminate("tidied up")
    assert (await company.applied(administrator.approve(id_), id_)).applied
    assert await company.signals(siren, id_) == ["approve"]


async def test_whoever_waits_hears_of_a_decision_made_through_another_replica(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    known = await person.get(id_)
    async with running_company(company_settings) as replica:
        waiting = asyncio.ensure_future(replica.acting_as(person).wait(id_, known.revision, 30))
        await company.applied(administrator.approve(id_), id_)
        changed = await waiting
    assert changed.state == APPROVED
    assert changed.revision > known.revision


async def test_waiting_ends_without_news_when_its_time_is_over(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    known = await person.get(await person.submit(siren))
    assert await person.wait(known.id, known.revision, 0) == known
    assert await person.wait(known.id, known.revision - 1, 30) == known


async def test_waiters_hear_of_a_change_made_while_the_listening_connection_was_lost(
    company: RunningCompany,
) -> None:
    siren, administrator = await company.claimed()
    person = company.person()
    known = await person.get(await person.submit(siren))
    waiting = asyncio.ensure_future(person.wait(known.id, known.revision, 30))
    await company.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    await company.applied(administrator.approve(known.id), known.id)
    assert (await waiting).state == APPROVED


async def test_an_audit_event_can_be_neither_changed_nor_deleted(company: RunningCompany) -> None:
    await company.claimed()
    for statement in ("UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events"):
        with pytest.raises(Exception, match="append-only") as raised:
            await company.sql(statement)
        assert isinstance(raised.value.__cause__.__cause__, asyncpg.PostgresError)  # type: ignore[union-attr]


async def test_the_audience_waits_for_a_change_of_administrators_in_flight(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    other = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
    id_ = await company.person().submit(siren)
    asked = rpc.GetAccessRequestAudienceRequest(access_request_id=id_)
    async with company.transaction() as transaction:
        await transaction.execute(
            text("SELECT siren FROM companies WHERE siren = :siren FOR NO KEY UPDATE"), {"siren": siren}
        )
        asking = asyncio.ensure_future(company.as_service("worker").GetAccessRequestAudience(asked))
        await asyncio.wait([asking], timeout=0.2)
        assert not asking.done()
        await transaction.execute(
            text("DELETE FROM memberships WHERE account_id = :id"), {"id": other.account_id}
        )
    audience = await asking
    assert list(audience.administrator_account_ids) == [administrator.account_id]
    assert audience.access_request.id == id_
    assert audience.contact_email == "contact@example.com"
