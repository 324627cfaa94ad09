"""What a workflow asks waits for the transaction that started or signalled it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from guichet.company.v1 import company_pb2
from guichet.company.v1 import company_service_pb2 as rpc
from guichet.company.v1.access_request_pb2 import AccessRequest
from tests.integration.company.running import RunningCompany

INSERT_ACCESS_REQUEST = text(
    "INSERT INTO access_requests"
    " (id, siren, account_id, message, state, created_at, remind_at, escalate_at, expire_at, revision)"
    " VALUES (:id, :siren, :account_id, '', 'pending', now(), now() + interval '1 day',"
    " now() + interval '2 days', now() + interval '3 days', 1)"
)
INSERT_REMINDER = text(
    "INSERT INTO reminders (id, access_request_id, origin, created_at)"
    " VALUES (:id, :access_request_id, 'requester', now())"
)
INSERT_MEMBERSHIP = text(
    "INSERT INTO memberships (id, siren, account_id, role, state, created_at)"
    " VALUES (:id, :siren, :account_id, 'administrator', 'active', now())"
)


@asynccontextmanager
async def changing(company: RunningCompany, siren: str, *, commits: bool) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds a company as whoever changes its memberships does."""
    async with company.engine.connect() as connection:
        await connection.execute(
            text("SELECT siren FROM companies WHERE siren = :siren FOR NO KEY UPDATE"), {"siren": siren}
        )
        yield connection
        await (connection.commit() if commits else connection.rollback())


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


async def test_the_audience_waits_for_a_reminder_in_flight(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    id_ = await company.person().submit(siren)
    asked = rpc.GetAccessRequestAudienceRequest(access_request_id=id_)
    async with company.transaction() as transaction:
        await transaction.execute(
            text("SELECT id FROM access_requests WHERE id = :id FOR NO KEY UPDATE"), {"id": id_}
        )
        asking = asyncio.ensure_future(company.as_service("worker").GetAccessRequestAudience(asked))
        await company.until_blocked(1)
        assert not asking.done()
        await transaction.execute(INSERT_REMINDER, {"id": uuid4().hex, "access_request_id": id_})
    assert len((await asking).access_request.reminders) == 1


async def test_the_audience_names_administrators_oldest_first(company: RunningCompany) -> None:
    siren, first = await company.claimed()
    others = [await company.joined(siren, first, company_pb2.ROLE_ADMINISTRATOR) for _ in range(2)]
    # Wherever the rows lie: the oldest is written once more, hence last.
    await company.sql("UPDATE memberships SET role = role WHERE account_id = :id", id=first.account_id)
    id_ = await company.person().submit(siren)
    asked = rpc.GetAccessRequestAudienceRequest(access_request_id=id_)
    audience = await company.as_service("worker").GetAccessRequestAudience(asked)
    assert list(audience.administrator_account_ids) == [one.account_id for one in (first, *others)]


@pytest.mark.parametrize("commits", [True, False])
async def test_a_submission_is_confirmed_once_its_transaction_has_ended(
    company: RunningCompany, commits: bool
) -> None:
    siren, _ = await company.claimed()
    row = {"id": uuid4().hex, "siren": siren, "account_id": uuid4().hex}
    asked = rpc.ConfirmAccessRequestRequest(access_request_id=row["id"], siren=siren)
    async with changing(company, siren, commits=commits) as transaction:
        await transaction.execute(INSERT_ACCESS_REQUEST, row)
        asking = asyncio.ensure_future(company.as_service("worker").ConfirmAccessRequest(asked))
        await asyncio.wait([asking], timeout=0.2)
        assert not asking.done()
    answer = await asking
    assert answer.submitted is answer.HasField("audience") is commits
    assert answer.audience.access_request.id == (row["id"] if commits else "")


async def test_settling_tells_whom_mails_are_for_once_it_has_ended(company: RunningCompany) -> None:
    siren, _ = await company.claimed()
    id_ = await company.person().submit(siren)
    worker = company.as_service("worker")
    asked = rpc.SettleAccessRequestRequest(access_request_id=id_)
    assert not (await worker.SettleAccessRequest(asked)).HasField("audience")
    await company.expire(id_)
    settled = await worker.SettleAccessRequest(asked)
    assert settled.audience.access_request.state == settled.state == AccessRequest.STATE_EXPIRED
    about = rpc.GetAccessRequestAudienceRequest(access_request_id=id_)
    assert settled.audience == await worker.GetAccessRequestAudience(about)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_grant_is_announced_once_its_transaction_has_ended(
    company: RunningCompany, commits: bool
) -> None:
    siren = await company.register(contact_email="accueil@example.com")
    row = {"id": uuid4().hex, "siren": siren, "account_id": uuid4().hex}
    asked = rpc.GetMembershipAudienceRequest(membership_id=row["id"], siren=siren)
    async with changing(company, siren, commits=commits) as transaction:
        await transaction.execute(INSERT_MEMBERSHIP, row)
        asking = asyncio.ensure_future(company.as_service("worker").GetMembershipAudience(asked))
        await asyncio.wait([asking], timeout=0.2)
        assert not asking.done()
    answer = await asking
    assert answer.HasField("membership") is commits
    assert answer.contact_email == "accueil@example.com"
