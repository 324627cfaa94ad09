"""Signing in over a session that is open: the same account's goes on, another's ends."""

import asyncio
from datetime import timedelta

from guichet.identity.v1 import identity_service_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.platform.errors import NotFound, Unauthenticated
from tests.integration.identity.acting import Person, with_totp
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.second_step import challenge_of
from tests.integration.identity.signing_on import Relying, registered, sign_out, was_handed_on

LATER = timedelta(hours=1)


async def stands(identity: RunningIdentity, person: Person, relying: Relying) -> rpc.GetSignOnResponse:
    request = rpc.GetSignOnRequest(session_token=person.token, client_id=relying.id)
    return await identity.sign_on().GetSignOn(request)


async def proven_again(identity: RunningIdentity, person: Person, *, key: str = "") -> Person:
    answer = await identity.sign_in(person.email, over=person.token, key=key)
    return Person(person.email, person.account_id, answer.token)


async def test_the_same_account_goes_on_in_its_session_and_no_tool_is_told(
    identity: RunningIdentity,
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    grant = await relying.grant(access_token=issued.access_token)
    before = await stands(identity, person, relying)
    session = identity_service_pb2.GetSessionRequest(token=person.token)
    ends = (await identity.gateway.GetSession(session)).expire_time
    identity.clock.ahead = LATER

    answer = await identity.sign_in(person.email, over=person.token)
    again = Person(person.email, person.account_id, answer.token)
    assert answer.expire_time == ends
    after = await stands(identity, again, relying)
    assert after.auth_time.seconds >= before.auth_time.seconds + LATER.total_seconds()
    with refused(Unauthenticated, "session_expired"):
        await stands(identity, person, relying)

    assert not await was_handed_on(identity, grant.id)
    refreshed = await relying.refresh(issued.refresh_token)
    newest = await relying.grant(access_token=(await relying.signed_on(again)).access_token)
    assert (newest.sid, newest.auth_time) == (grant.sid, after.auth_time)
    # The secret of before ends nothing any more, the new one all of it.
    await sign_out(identity, person)
    assert await relying.grant(access_token=refreshed.access_token)
    await sign_out(identity, again)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=refreshed.access_token)
    assert await was_handed_on(identity, grant.id) or await was_handed_on(identity, newest.id)


async def test_the_second_factor_proves_the_session_again_too(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    grant = await relying.grant(access_token=issued.access_token)
    application, _ = await with_totp(identity, person)
    identity.clock.ahead = LATER
    challenge = await challenge_of(identity, person)
    request = identity_service_pb2.CompleteSessionRequest(
        challenge_token=challenge.token, totp_code=application.code(), present_token=person.token
    )
    answer = await identity.gateway.CompleteSession(request)
    again = Person(person.email, person.account_id, answer.token)
    newest = await relying.grant(access_token=(await relying.signed_on(again)).access_token)
    assert newest.sid == grant.sid
    assert "mfa" in (await stands(identity, again, relying)).amr
    assert not await was_handed_on(identity, grant.id)


async def test_another_account_ends_the_session_over_which_it_signs_in(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    other = await Person.signed_in(identity, "autre")
    issued = await relying.signed_on(person)
    grant = await relying.grant(access_token=issued.access_token)
    answer = await identity.sign_in(other.email, over=person.token)
    with refused(Unauthenticated, "session_expired"):
        await stands(identity, person, relying)
    with refused(NotFound, "not_found"):
        await relying.refresh(issued.refresh_token)
    assert await was_handed_on(identity, grant.id)
    newest = await relying.signed_on(Person(other.email, other.account_id, answer.token))
    assert (await relying.grant(access_token=newest.access_token)).sid != grant.sid


async def test_a_session_that_is_over_or_never_was_is_not_gone_on_with(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    grant = await relying.grant(access_token=(await relying.signed_on(person)).access_token)
    await sign_out(identity, person)
    for over in (person.token, "", "x", "A" * 64):
        answer = await identity.sign_in(person.email, over=over)
        fresh = Person(person.email, person.account_id, answer.token)
        newest = await relying.grant(access_token=(await relying.signed_on(fresh)).access_token)
        assert newest.sid != grant.sid


async def test_a_repeat_of_the_call_finds_the_session_that_went_on(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    first, second = await asyncio.gather(*(proven_again(identity, person, key="k") for _ in range(2)))
    assert first.token == second.token
    assert await proven_again(identity, person, key="k") == first


async def test_proving_again_while_signing_out_leaves_no_sign_on_open(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    for _ in range(10):
        person = await Person.signed_in(identity)
        issued = await relying.signed_on(person)
        grant = await relying.grant(access_token=issued.access_token)
        again, _ = await asyncio.gather(proven_again(identity, person), sign_out(identity, person))
        newest = await relying.grant(access_token=(await relying.signed_on(again)).access_token)
        if await was_handed_on(identity, grant.id):
            assert newest.sid != grant.sid
        else:
            assert newest.sid == grant.sid


async def test_a_sign_on_never_waits_for_whoever_holds_its_account(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    async with identity.parts.database.work() as work:
        assert await work.accounts.locked_by_id(person.account_id)
        async with asyncio.timeout(10):
            assert await relying.code(person)
