from datetime import timedelta

import grpc
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.notice import NoticeKind
from services.identity.domain.tokens import new_id
from services.identity.storage import retention
from services.identity.storage.tables import (
    accounts,
    enrolments,
    metadata,
    notices,
    session_challenges,
    sessions,
    totps,
)
from services.platform.errors import InvalidArgument, NotFound
from services.platform.rpc_errors import domain_error_of
from tests.integration.identity.acting import Person, speaking_for, with_totp
from tests.integration.identity.running import PASSWORD, RunningIdentity, new_email, refused

LONG_AGO = timedelta(days=31)


async def accounts_of(identity: RunningIdentity, *account_ids: str) -> set[str]:
    request = rpc.BatchGetAccountsRequest(account_ids=account_ids)
    answer = await identity.as_service("worker").BatchGetAccounts(request)
    return {account.id for account in answer.accounts}


async def test_accounts_are_found_and_unknown_ids_passed_over(identity: RunningIdentity) -> None:
    one = await identity.verified_account(new_email())
    two = await identity.verified_account(new_email("à.é"))
    asked = [one, two, one, new_id(), "no-id", "\x00", "' OR 1=1"]
    assert await accounts_of(identity, *asked) == {one, two}
    assert await accounts_of(identity) == set()


async def test_a_look_alike_address_is_flagged(identity: RunningIdentity) -> None:
    email = new_email("dіrection")  # with a Cyrillic і
    account_id = await identity.verified_account(email)
    request = rpc.BatchGetAccountsRequest(account_ids=[account_id])
    [account] = (await identity.as_service("worker").BatchGetAccounts(request)).accounts
    assert (account.email, account.email_confusable) == (email, True)


async def test_a_thousand_accounts_at_most(identity: RunningIdentity) -> None:
    assert await accounts_of(identity, *(new_id() for _ in range(1000))) == set()
    with refused(InvalidArgument, "too_many_ids"):
        await accounts_of(identity, *(new_id() for _ in range(1001)))


async def test_a_notice_that_does_not_exist_is_not_found(identity: RunningIdentity) -> None:
    for notice_id in ("", "no-id", "\x00", new_id()):
        with refused(NotFound, "not_found"):
            await identity.notice(notice_id)


async def test_a_mail_whose_link_was_used_is_not_worth_sending(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    [used] = await identity.notice_ids(email, NoticeKind.ACCOUNT_VERIFICATION)
    with refused(NotFound, "not_found"):
        await identity.notice(used)


async def test_a_notice_can_be_rendered_again(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    first = await identity.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
    assert await identity.notice(first.id) == first
    assert (len(first.code), first.code.isdigit()) == (8, True)


async def test_operators_are_added_once_and_listed_by_page(identity: RunningIdentity) -> None:
    cli = identity.as_service("cli")
    emails = sorted(new_email("operateur") for _ in range(3))
    for email in reversed(emails):
        assert (await cli.AddOperator(rpc.AddOperatorRequest(email=email, locale="en"))).created
    again = await cli.AddOperator(rpc.AddOperatorRequest(email=emails[0].upper()))
    assert (again.created, again.operator.email, again.operator.locale) == (False, emails[0], "en")

    listed: list[str] = []
    token = ""
    while True:
        page = await cli.ListOperators(rpc.ListOperatorsRequest(page_size=2, page_token=token))
        listed += [operator.email for operator in page.operators]
        token = page.next_page_token
        if not token:
            break
        assert len(page.operators) == 2
    assert [email for email in listed if email in emails] == emails
    assert listed == sorted(listed)


async def test_wrong_operators_and_pages_are_refused(identity: RunningIdentity) -> None:
    cli = identity.as_service("cli")
    with refused(InvalidArgument, "email_invalid"):
        await cli.AddOperator(rpc.AddOperatorRequest(email="personne"))
    with refused(InvalidArgument, "locale_invalid"):
        await cli.AddOperator(rpc.AddOperatorRequest(email=new_email(), locale="fr-FR"))
    with refused(InvalidArgument, "invalid_cursor"):
        await cli.ListOperators(rpc.ListOperatorsRequest(page_token="x"))


async def test_the_migrations_make_the_tables_that_the_code_uses(identity: RunningIdentity) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with identity.parts.database.engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def test_what_is_old_is_forgotten_and_what_is_not_is_kept(identity: RunningIdentity) -> None:
    forgotten, asked_again, verified = new_email("oublié"), new_email("relancé"), new_email("vérifié")
    for email in (forgotten, asked_again):
        await identity.sign_up(email)
    verified_id = await identity.verified_account(verified)
    old, open_ = (await identity.sign_in(verified)).token, (await identity.sign_in(verified)).token
    engine = identity.parts.database.engine
    now = identity.clock()
    async with AsyncSession(engine) as session:
        mine = accounts.c.email.in_([forgotten, asked_again, verified])
        await session.execute(update(accounts).where(mine).values(created_at=now - LONG_AGO))
        ids = select(accounts.c.id).where(accounts.c.email.in_([forgotten, verified]))
        await session.execute(
            update(notices).where(notices.c.account_id.in_(ids)).values(created_at=now - LONG_AGO)
        )
        first = select(func.min(sessions.c.id)).where(sessions.c.account_id == verified_id)
        await session.execute(
            update(sessions)
            .where(sessions.c.id == first.scalar_subquery())
            .values(expires_at=now - LONG_AGO, ended_at=now - LONG_AGO)
        )
        await session.commit()

    assert await retention.forget_old_rows(engine, at=now)
    async with AsyncSession(engine) as session:
        left = await session.scalars(select(accounts.c.email).where(mine))
        assert set(left) == {asked_again, verified}
        of_verified = select(func.count()).where(sessions.c.account_id == verified_id)
        assert await session.scalar(of_verified) == 1
    states = [await still_open(identity, token) for token in (old, open_)]
    assert sorted(states) == [False, True]


async def test_challenges_and_enrolments_that_are_over_are_forgotten(identity: RunningIdentity) -> None:
    person, adding = await Person.signed_in(identity), await Person.signed_in(identity)
    await with_totp(identity, person)
    await identity.sign_in(person.email)
    with speaking_for(await adding.account_token(identity)):
        await identity.gateway.BeginTotp(rpc.BeginTotpRequest(password=PASSWORD))
    engine = identity.parts.database.engine
    kept: dict[timedelta, list[bool]] = {}
    for later in (timedelta(), timedelta(minutes=11), timedelta(days=2)):
        assert await retention.forget_old_rows(engine, at=identity.clock() + later)
        async with AsyncSession(engine) as session:
            kept[later] = [
                await session.scalar(select(table.c.id).where(table.c.account_id == owner)) is not None
                for table, owner in (
                    (session_challenges, person.account_id),
                    (enrolments, adding.account_id),
                    (totps, person.account_id),
                )
            ]
    assert list(kept.values()) == [[True, True, True], [True, False, True], [False, False, True]]


async def still_open(identity: RunningIdentity, token: str) -> bool:
    try:
        await identity.gateway.GetSession(rpc.GetSessionRequest(token=token))
    except grpc.aio.AioRpcError as failure:
        error = domain_error_of(failure)
        assert error is not None
        assert error.reason == "session_expired"
        return False
    return True


async def test_one_replica_at_a_time_forgets(identity: RunningIdentity) -> None:
    engine = identity.parts.database.engine
    async with AsyncSession(engine) as other:
        assert await other.scalar(retention.TAKE_TURN)
        assert not await retention.forget_old_rows(engine, at=identity.clock())
    assert await retention.forget_old_rows(engine, at=identity.clock())
