"""Codes and tokens that come again, from others, or as what they are not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import grpc
import pytest
from sqlalchemy import select, text

from guichet.identity.v1 import sign_on_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.storage.sign_on_tables import grants
from services.platform.errors import NotFound, Unauthenticated
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.signing_on import (
    NEVER_GIVEN,
    Relying,
    registered,
)


async def test_a_code_that_comes_again_ends_its_grant(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code = await relying.code(person)
    issued = await relying.redeem(code)
    other = await relying.signed_on(person)
    with refused(NotFound, "not_found"):
        await relying.redeem(code)
    for proof in ({"access_token": issued.access_token}, {"refresh_token": issued.refresh_token}):
        with refused(NotFound, "not_found"):
            await relying.grant(relying.id, **proof)
    assert await relying.grant(access_token=other.access_token)


async def test_looking_at_a_used_code_ends_its_grant_too(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code = await relying.code(person)
    issued = await relying.redeem(code)
    with refused(NotFound, "not_found"):
        await relying.grant(relying.id, code=code)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=issued.access_token)


WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'"
)


async def eight_at_one_instant(
    relying: Relying, grant_id: str, call: Callable[[], Awaitable[rpc.IssueTokensResponse]]
) -> rpc.IssueTokensResponse:
    """Makes a call eight times while nobody gets at the grant, lets all go, and returns the one success."""
    engine = relying.identity.parts.database.engine
    async with engine.connect() as holding, relying.identity.parts.database.reader.connect() as looking:
        await holding.execute(select(grants.c.id).where(grants.c.id == grant_id).with_for_update())
        calls = [asyncio.ensure_future(call()) for _ in range(8)]
        async with asyncio.timeout(20):
            while (await looking.execute(WAITING)).scalar_one() < len(calls):
                await asyncio.sleep(0.02)
        await holding.rollback()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    [issued] = [one for one in answers if isinstance(one, rpc.IssueTokensResponse)]
    assert {type(one) for one in answers} == {rpc.IssueTokensResponse, grpc.aio.AioRpcError}
    return issued


async def test_of_eight_calls_with_one_code_one_succeeds_and_the_others_end_it(
    identity: RunningIdentity,
) -> None:
    relying = await registered(identity)
    code = await relying.code(await Person.signed_in(identity))
    grant = await relying.grant(relying.id, code=code)
    issued = await eight_at_one_instant(relying, grant.id, lambda: relying.redeem(code))
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=issued.access_token)


async def test_of_eight_calls_with_one_refresh_token_one_succeeds_and_the_others_end_it(
    identity: RunningIdentity,
) -> None:
    relying = await registered(identity)
    first = await relying.signed_on(await Person.signed_in(identity))
    grant = await relying.grant(access_token=first.access_token)
    issued = await eight_at_one_instant(relying, grant.id, lambda: relying.refresh(first.refresh_token))
    with refused(NotFound, "not_found"):
        await relying.refresh(issued.refresh_token)


async def test_a_code_works_for_a_minute(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code, late = await relying.code(person), await relying.code(person)
    identity.clock.ahead = timedelta(seconds=58)
    await relying.redeem(code)
    identity.clock.ahead = timedelta(seconds=61)
    for call in (relying.grant(relying.id, code=late), relying.redeem(late)):
        with refused(NotFound, "not_found"):
            await call


async def test_a_code_works_for_its_own_client_only_and_stays_good(identity: RunningIdentity) -> None:
    person, relying, other = (
        await Person.signed_in(identity),
        await registered(identity),
        await registered(identity),
    )
    code = await relying.code(person)
    for call in (other.redeem(code), other.grant(other.id, code=code), other.grant("", code=code)):
        with refused(NotFound, "not_found"):
            await call
    issued = await relying.redeem(code)
    with refused(NotFound, "not_found"):
        await other.refresh(issued.refresh_token)
    with refused(NotFound, "not_found"):
        await other.grant(other.id, access_token=issued.access_token)
    assert (await relying.refresh(issued.refresh_token)).access_token


@pytest.mark.parametrize("secret", NEVER_GIVEN)
async def test_what_was_never_given_is_not_found(identity: RunningIdentity, secret: str) -> None:
    relying = await registered(identity)
    for kind in ("code", "refresh_token", "access_token"):
        with refused(NotFound, "not_found"):
            await relying.grant(relying.id, **{kind: secret})
        with refused(NotFound, "not_found"):
            await relying.issue(sign_on_pb2.GrantProof(**{kind: secret}))
    with refused(NotFound, "not_found"):
        await relying.issue(sign_on_pb2.GrantProof())


async def test_a_token_of_one_kind_is_worth_nothing_as_another(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code = await relying.code(person)
    with refused(NotFound, "not_found"):
        await relying.grant(relying.id, refresh_token=code)
    issued = await relying.redeem(code)
    for proof in (
        sign_on_pb2.GrantProof(code=issued.refresh_token),
        sign_on_pb2.GrantProof(refresh_token=issued.access_token),
        sign_on_pb2.GrantProof(access_token=issued.access_token),
    ):
        with refused(NotFound, "not_found"):
            await relying.issue(proof)
    with refused(Unauthenticated, "unauthenticated"):
        await relying.code(Person("", "", issued.access_token))


async def test_a_refresh_token_that_comes_again_ends_its_grant(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    first = await relying.signed_on(await Person.signed_in(identity))
    second = await relying.refresh(first.refresh_token)
    third = await relying.refresh(second.refresh_token)
    with refused(NotFound, "not_found"):
        await relying.refresh(first.refresh_token)
    with refused(NotFound, "not_found"):
        await relying.refresh(third.refresh_token)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=third.access_token)
