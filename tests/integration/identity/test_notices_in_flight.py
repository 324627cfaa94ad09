"""The workflow that mails a notice starts before the transaction that writes it has ended."""

import asyncio
from datetime import timedelta

import pytest

from guichet.identity.v1 import account_pb2
from services.identity.domain.account import Account
from services.identity.domain.notice import Notice, NoticeKind
from services.identity.storage.unit_of_work import Database
from services.platform.errors import NotFound
from tests.integration.identity.running import RunningIdentity, new_email, refused


class NotStarted(Exception):
    """What stands for a workflow engine that refuses after its workflow has asked."""


@pytest.mark.parametrize("commits", [True, False])
async def test_a_notice_is_told_once_the_transaction_that_writes_it_has_ended(
    identity: RunningIdentity, commits: bool
) -> None:
    account_id = await identity.verified_account(new_email())
    asking: list[asyncio.Task[account_pb2.AccountNotice]] = []
    told_early: set[asyncio.Task[account_pb2.AccountNotice]] = set()

    async def ask_at_once(notice: Notice) -> None:
        asking.append(asyncio.create_task(identity.notice(notice.id)))
        told, _ = await asyncio.wait(asking, timeout=0.2)
        told_early.update(told)
        if not commits:
            raise NotStarted

    database = Database(identity.parts.database.engine, ask_at_once, identity.parts.database._tell_logout)
    async with database.work() as work:
        account = await work.session.get_one(Account, account_id)
        at = identity.clock()
        notice = Notice.create(NoticeKind.PASSWORD_RESET, account, at=at, life=timedelta(hours=1))
        work.notices.add(notice)
        if commits:
            await work.commit()
        else:
            with pytest.raises(NotStarted):
                await work.commit()
    assert not told_early
    if commits:
        assert (await asking[0]).id == notice.id
    else:
        with refused(NotFound, "not_found"):
            await asking[0]
