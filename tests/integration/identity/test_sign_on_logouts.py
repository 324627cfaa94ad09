"""Which tools are told that a sign-on is over, when, and in which words."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.domain.notice import Notice
from services.identity.domain.tokens import new_id
from services.identity.operations.end_expired_grants import end_expired_grants
from services.identity.operations.tell_owed_logouts import tell_owed_logouts
from services.identity.server import keep_house
from services.identity.settings import Settings
from services.identity.storage.unit_of_work import UnitOfWork
from services.platform.errors import NotFound
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, refused, running_identity
from tests.integration.identity.signing_on import (
    client,
    is_owed,
    logout_notice,
    read,
    registered,
    sign_out,
    tool,
    was_handed_on,
)


async def test_a_logout_token_says_what_the_specification_asks_for(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    grant = await relying.grant(access_token=(await relying.signed_on(person)).access_token)
    await sign_out(identity, person)
    notice = await logout_notice(identity, grant.id)
    assert notice.backchannel_logout_uri == "https://outil.example.org/deconnexion"
    token = await read(identity, notice.logout_token)
    assert token.header["typ"] == "logout+jwt"
    claims = dict(token.claims)
    assert claims.pop("exp") - claims.pop("iat") <= 120
    assert (
        claims.pop("jti")
        != (await read(identity, (await logout_notice(identity, grant.id)).logout_token)).claims["jti"]
    )
    assert claims == {
        "iss": "http://localhost:8080",
        "aud": relying.id,
        "sub": person.account_id,
        "sid": grant.sid,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }


async def test_a_tool_is_told_once_of_a_session_that_signed_on_to_it_often(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = [await relying.signed_on(person) for _ in range(3)]
    ids = [(await relying.grant(access_token=one.access_token)).id for one in issued]
    await sign_out(identity, person)
    assert sorted([await was_handed_on(identity, one) for one in ids]) == [False, False, True]


async def test_tools_that_know_nothing_or_wish_nothing_are_not_told(identity: RunningIdentity) -> None:
    person, silent = (
        await Person.signed_in(identity),
        await registered(identity, tool(client=client(backchannel_logout_uri=""))),
    )
    never_redeemed = await registered(identity)
    code = await never_redeemed.code(person)
    waiting = await never_redeemed.grant(never_redeemed.id, code=code)
    issued = await silent.signed_on(person)
    grant = await silent.grant(access_token=issued.access_token)
    given_back = await registered(identity)
    returned = await given_back.signed_on(person)
    returned_grant = await given_back.grant(access_token=returned.access_token)
    request = rpc.RevokeTokenRequest(token=returned.refresh_token, client_id=given_back.id)
    await identity.sign_on().RevokeToken(request)
    await sign_out(identity, person)
    for one in (waiting, grant, returned_grant):
        assert not await was_handed_on(identity, one.id)
    with refused(NotFound, "not_found"):
        await logout_notice(identity, grant.id)
    for unknown in ("", "x", new_id()):
        with refused(NotFound, "not_found"):
            await logout_notice(identity, unknown)


async def test_a_session_that_expires_ends_its_sign_ons(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    grant = await relying.grant(access_token=(await relying.signed_on(person)).access_token)
    identity.clock.ahead = timedelta(hours=11, minutes=59)
    await end_expired_grants(identity.parts)
    assert not await was_handed_on(identity, grant.id)
    identity.clock.ahead = timedelta(hours=12)
    await asyncio.gather(*(end_expired_grants(identity.parts) for _ in range(2)))
    assert await was_handed_on(identity, grant.id)
    assert (await logout_notice(identity, grant.id)).client_id == relying.id


async def test_who_signs_out_while_the_workflow_engine_is_away_has_signed_out(
    identity: RunningIdentity, identity_settings: Settings
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    grant = await relying.grant(access_token=issued.access_token)
    away = identity_settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with running_identity(away) as cut_off:
        await sign_out(cut_off, person)
        with refused(NotFound, "not_found"):
            await relying.grant(access_token=issued.access_token)
        await tell_owed_logouts(cut_off.parts)
    assert await is_owed(identity, grant.id)
    await asyncio.gather(*(tell_owed_logouts(identity.parts) for _ in range(2)))
    assert await was_handed_on(identity, grant.id)
    assert not await is_owed(identity, grant.id)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_tool_is_told_once_the_transaction_that_ends_its_grant_has_ended(
    identity: RunningIdentity, commits: bool
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    grant = await relying.grant(access_token=(await relying.signed_on(person)).access_token)
    asked: list[asyncio.Task[rpc.GetLogoutNoticeResponse]] = []
    told_early: set[asyncio.Task[rpc.GetLogoutNoticeResponse]] = set()

    async def ask_at_once(grant_id: str) -> bool:
        asked.append(asyncio.create_task(logout_notice(identity, grant_id)))
        told, _ = await asyncio.wait(asked, timeout=0.2)
        told_early.update(told)
        if not commits:
            raise NotCommitted
        return True

    async with UnitOfWork(AsyncSession(identity.parts.database.engine), no_mail, ask_at_once) as work:
        await work.grants.end(grant.id, at=identity.clock())
        with nullcontext() if commits else pytest.raises(NotCommitted):
            await work.commit()
    assert not told_early
    if commits:
        assert (await asked[0]).client_id == relying.id
    else:
        with refused(NotFound, "not_found"):
            await asked[0]


async def no_mail(notice: Notice) -> None:
    raise AssertionError(notice)


class NotCommitted(Exception):
    """What stands for a database that is lost at the end."""


async def test_what_is_owed_is_told_at_the_next_look(identity: RunningIdentity) -> None:
    soon = {"logout_interval": timedelta(milliseconds=50), "retention_interval": timedelta(hours=1)}
    parts = replace(identity.parts, settings=identity.parts.settings.model_copy(update=soon))
    person, relying = await Person.signed_in(identity), await registered(identity)
    grant = await relying.grant(access_token=(await relying.signed_on(person)).access_token)
    await sign_out(identity, person)
    keeping_house = asyncio.create_task(keep_house(parts))
    try:
        for _ in range(2):
            async with identity.parts.database.work() as work:
                await work.grants.note_logouts([grant.id], due=True)
                await work.commit()
            async with asyncio.timeout(30):
                while await is_owed(identity, grant.id):
                    await asyncio.sleep(0.05)
    finally:
        keeping_house.cancel()
        await asyncio.gather(keeping_house, return_exceptions=True)
