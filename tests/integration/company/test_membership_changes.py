"""Whose rights have changed is told: the mail is due from the transaction that changes them."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from services.company.settings import CompanySettings
from services.platform.errors import Unavailable
from tests.integration.company.people import Person
from tests.integration.company.running import RunningCompany, refused, running_company
from tests.integration.company.test_audiences import changing
from workflows.notification.messages import MEMBERSHIP_CHANGES, workflow_id

MEMBER, ADMINISTRATOR = company_pb2.ROLE_MEMBER, company_pb2.ROLE_ADMINISTRATOR
ACTIVE, SUSPENDED = company_pb2.Membership.STATE_ACTIVE, company_pb2.Membership.STATE_SUSPENDED
INSERT_EVENT = text(
    "INSERT INTO audit_events (kind, actor, siren, account_id, details) VALUES"
    ' (\'membership_ended\', :by, :siren, :account_id, \'{"role": "member", "state": "active"}\')'
    " RETURNING id"
)


async def mailed(
    company: RunningCompany, siren: str, person: Person
) -> list[tuple[str, company_pb2.MembershipChange]]:
    """Returns the kinds of the mails that somebody is owed for changes, with what each says."""
    changes = await company.sql(
        "SELECT id FROM audit_events WHERE siren = :siren AND account_id = :id"
        " AND kind LIKE 'membership%' ORDER BY id",
        siren=siren,
        id=person.account_id,
    )
    owed = []
    for (change_id,) in changes:
        asked = rpc.GetMembershipChangeRequest(change_id=str(change_id), siren=siren)
        answer = await company.as_service("worker").GetMembershipChange(asked)
        started = {workflow_id(kind, str(change_id)): kind for kind in MEMBERSHIP_CHANGES}
        query = " OR ".join(f"WorkflowId = '{id_}'" for id_ in started)
        async with asyncio.timeout(10):
            while not (found := [one.id async for one in company.temporal.list_workflows(query)]):
                await asyncio.sleep(0.05)
        owed += [(started[id_], answer.change) for id_ in found]
    return owed


async def test_each_change_of_a_membership_is_told_by_its_own_mail(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    await administrator.update(siren, member, role=ADMINISTRATOR)
    await administrator.update(siren, member, role=ADMINISTRATOR)
    await administrator.update(siren, member, role=MEMBER, state=SUSPENDED)
    await administrator.update(siren, member, state=ACTIVE)
    await administrator.remove(siren, member)
    owed = await mailed(company, siren, member)
    assert [(kind, one.role, one.state) for kind, one in owed] == [
        ("membership_role_changed", ADMINISTRATOR, ACTIVE),
        ("membership_suspended", MEMBER, SUSPENDED),
        ("membership_reinstated", MEMBER, ACTIVE),
        ("membership_ended", MEMBER, ACTIVE),
    ]
    assert {(one.account_id, one.siren, one.company_name, one.by_own_account) for _, one in owed} == {
        (member.account_id, siren, f"Ateliers {siren}", False)
    }
    assert all(one.HasField("change_time") for _, one in owed)


async def test_who_leaves_is_told_that_they_did_it_themselves(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    await member.remove(siren, member)
    assert [(kind, one.by_own_account) for kind, one in await mailed(company, siren, member)] == [
        ("membership_ended", True)
    ]


async def test_a_change_that_cannot_be_told_is_not_made(
    company: RunningCompany, company_settings: CompanySettings
) -> None:
    siren, administrator = await company.claimed()
    member = await company.joined(siren, administrator)
    away = company_settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with running_company(away) as cut_off:
        there = cut_off.acting_as(administrator)
        for call in (there.remove(siren, member), there.update(siren, member, state=SUSPENDED)):
            assert isinstance(await refused(call), Unavailable)
    assert [one.state for one in (await member.access()).memberships] == [ACTIVE]


@pytest.mark.parametrize("commits", [True, False])
async def test_a_change_is_told_once_its_transaction_has_ended(
    company: RunningCompany, commits: bool
) -> None:
    siren = await company.register()
    row = {"by": uuid4().hex, "siren": siren, "account_id": uuid4().hex}
    async with changing(company, siren, commits=commits) as transaction:
        change_id = (await transaction.execute(INSERT_EVENT, row)).scalar_one()
        asked = rpc.GetMembershipChangeRequest(change_id=str(change_id), siren=siren)
        asking = asyncio.ensure_future(company.as_service("worker").GetMembershipChange(asked))
        await asyncio.wait([asking], timeout=0.2)
        assert not asking.done()
    assert (await asking).HasField("change") is commits


async def test_a_change_is_named_by_its_own_id_and_company(company: RunningCompany) -> None:
    siren, administrator = await company.claimed()
    elsewhere, _ = await company.claimed()
    member = await company.joined(siren, administrator)
    await administrator.remove(siren, member)
    [(id_,)] = await company.sql(
        "SELECT id FROM audit_events WHERE siren = :siren AND kind = 'membership_ended'", siren=siren
    )
    [(granted,)] = await company.sql(
        "SELECT id FROM audit_events WHERE siren = :siren AND kind = 'administrator_granted'", siren=siren
    )
    for change_id, of in ((id_, elsewhere), (granted, siren), ("no-number", siren), ("9" * 19, siren)):
        asked = rpc.GetMembershipChangeRequest(change_id=str(change_id), siren=of)
        assert not (await company.as_service("worker").GetMembershipChange(asked)).HasField("change")
