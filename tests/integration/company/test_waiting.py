import asyncio

from guichet.company.v1.access_request_pb2 import AccessRequest
from services.company.settings import CompanySettings
from tests.integration.company.running import RunningCompany, running_company

APPROVED = AccessRequest.STATE_APPROVED


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
