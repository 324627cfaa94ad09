import asyncio

from sqlalchemy import text

from guichet.company.v1 import company_pb2
from guichet.company.v1.access_request_pb2 import AccessRequest
from services.company.settings import CompanySettings
from tests.integration.company.running import RunningCompany, refused, running_company

APPROVED, CANCELLED = AccessRequest.STATE_APPROVED, AccessRequest.STATE_CANCELLED


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


async def test_a_withdrawal_that_refuses_a_removed_administrators_decision_lets_no_other_in(
    company_settings: CompanySettings,
) -> None:
    hasty = company_settings.model_copy(update={"decision_wait": company_settings.decision_wait / 300})
    async with running_company(hasty) as company:
        for _ in range(5):
            siren, administrator = await company.claimed()
            removed = await company.joined(siren, administrator, company_pb2.ROLE_ADMINISTRATOR)
            person = company.person()
            id_ = await person.submit(siren)
            assert not (await removed.approve(id_)).applied
            await administrator.remove(siren, removed)
            async with company.transaction() as transaction:
                await transaction.execute(
                    text("SELECT id FROM decisions WHERE access_request_id = :id FOR UPDATE"), {"id": id_}
                )
                # Holds the access request, and is to write the refusal.
                cancelling = asyncio.ensure_future(person.cancel(id_))
                await company.until_blocked(1)
                approving = asyncio.ensure_future(refused(administrator.approve(id_)))
                await company.until_blocked(2)
            assert (await cancelling).access_request.state == CANCELLED
            assert (await approving).reason == "request_cancelled"
            assert await company.settle(id_) == CANCELLED
            assert not (await person.access()).memberships
            rows = await company.sql(
                "SELECT decided_by, outcome FROM decisions WHERE access_request_id = :id", id=id_
            )
            assert [tuple(row) for row in rows] == [(removed.account_id, "refused")]
