"""What the company service hands on when somebody loses a company."""

import asyncio

from temporalio.client import WorkflowHandle

from guichet.company.v1 import company_pb2
from services.company.settings import CompanySettings
from services.platform.errors import Unavailable
from tests.integration.company.running import RunningCompany, refused, running_company
from workflows.sign_on.messages import LostMembership

MEMBER, ADMINISTRATOR = company_pb2.ROLE_MEMBER, company_pb2.ROLE_ADMINISTRATOR
ACTIVE, SUSPENDED = company_pb2.Membership.STATE_ACTIVE, company_pb2.Membership.STATE_SUSPENDED


async def sign_ons_ended(company: RunningCompany, siren: str) -> list[WorkflowHandle[object, object]]:
    found = company.temporal.list_workflows(f'WorkflowId STARTS_WITH "end-sign-ons/{siren}/"')
    return [company.temporal.get_workflow_handle(one.id) async for one in found]


async def lost_by(company: RunningCompany, handle: WorkflowHandle[object, object]) -> LostMembership:
    started = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    [lost] = await company.temporal.data_converter.decode(started.input.payloads, [LostMembership])
    assert isinstance(lost, LostMembership)
    return lost


async def test_who_is_removed_or_suspended_is_signed_off_the_tools(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    suspended = await company.joined(siren, administrator)
    removed = await company.joined(siren, administrator)
    await administrator.update(siren, suspended, state=SUSPENDED)
    await administrator.remove(siren, removed)
    async with asyncio.timeout(10):
        while len(started := await sign_ons_ended(company, siren)) < 2:
            await asyncio.sleep(0.05)
    lost = [await lost_by(company, one) for one in started]
    assert {one.account_id for one in lost} == {suspended.account_id, removed.account_id}
    assert {one.siren for one in lost} == {siren}


async def test_another_role_is_handed_on_and_access_that_comes_back_is_not(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    await administrator.update(siren, member, state=SUSPENDED)
    await administrator.update(siren, member, state=ACTIVE)
    await administrator.update(siren, member, role=ADMINISTRATOR)
    async with asyncio.timeout(10):
        while len(started := await sign_ons_ended(company, siren)) < 2:
            await asyncio.sleep(0.05)
    assert len(started) == 2


async def test_without_the_workflow_engine_nobody_is_removed(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    away = company_settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with running_company(away) as cut_off:
        error = await refused(cut_off.acting_as(administrator).remove(siren, member))
        assert isinstance(error, Unavailable)
    assert [one.state for one in (await member.access()).memberships] == [ACTIVE]
