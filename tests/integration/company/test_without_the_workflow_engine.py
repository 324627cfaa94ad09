import asyncio

from temporalio.client import WorkflowExecutionStatus

from guichet.company.v1.access_request_pb2 import AccessRequest
from services.company.settings import CompanySettings
from services.platform.errors import Unavailable
from tests.integration.company.running import RunningCompany, refused, running_company

PENDING = AccessRequest.STATE_PENDING


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


async def test_a_workflow_that_operations_ended_is_started_again_to_tell_a_withdrawal(
    company: RunningCompany,
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.workflow(siren, id_).terminate("tidied up")
    await person.cancel(id_)
    assert await company.signals(siren, id_) == ["cancel"]


async def test_while_the_workflow_engine_has_no_namespace_yet_it_is_away(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    early = company_settings.model_copy(update={"temporal_namespace": "still-to-come"})
    async with running_company(early) as starting:
        error = await refused(starting.acting_as(person).ask(siren))
    assert (error.reason, type(error)) == ("workflow_engine_unavailable", Unavailable)
    assert not (await person.access()).pending_access_requests


async def test_a_workflow_that_operations_ended_is_started_again_past_the_deadline(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, _ = await company.claimed()
    person = company.person()
    id_ = await person.submit(siren)
    await company.workflow(siren, id_).terminate()
    await company.sql(
        "UPDATE access_requests SET expire_at = clock_timestamp() - interval '2 minutes' WHERE id = :id",
        id=id_,
    )
    async with running_company(company_settings), asyncio.timeout(30):
        while (await company.workflow(siren, id_).describe()).status is not WorkflowExecutionStatus.RUNNING:
            await asyncio.sleep(0.05)
