"""How an account stands with a tool, and what it takes to sign on."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from guichet.identity.v1 import identity_service_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.domain.tokens import new_id
from services.identity.operations.end_expired_grants import end_expired_grants
from services.identity.storage import retention
from services.identity.storage.sign_on_tables import client_assertions, client_secrets, grants, token_pairs
from services.platform.errors import NotFound, Unauthenticated
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.signing_on import (
    NEVER_GIVEN,
    Relying,
    client,
    registered,
    sign_out,
    tool,
)

OTHER_SIREN = "552100554"


async def standing(relying: Relying, person: Person) -> rpc.GetSignOnResponse:
    request = rpc.GetSignOnRequest(session_token=person.token, client_id=relying.id)
    return await relying.identity.sign_on().GetSignOn(request)


async def test_a_stranger_to_a_tool_has_neither_consented_nor_chosen(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    answer = await standing(relying, person)
    assert (list(answer.consented_scopes), answer.siren, list(answer.amr)) == ([], "", ["pwd"])
    session = await identity.gateway.GetSession(identity_service_pb2.GetSessionRequest(token=person.token))
    assert answer.auth_time.seconds == session.expire_time.seconds - 12 * 3600
    relying.tool.id = "inconnu"
    assert (await standing(relying, person)).siren == ""


async def test_what_was_consented_to_is_remembered_and_adds_up(identity: RunningIdentity) -> None:
    person, relying, other = (
        await Person.signed_in(identity),
        await registered(identity),
        await registered(identity),
    )
    await relying.code(await Person.signed_in(identity), consented=True)
    await relying.code(person, scope="openid profile")
    assert (await standing(relying, person)).consented_scopes == []
    await asyncio.gather(
        relying.code(person, scope="openid email", consented=True),
        relying.code(person, scope="openid profile", consented=True),
    )
    assert sorted((await standing(relying, person)).consented_scopes) == ["email", "openid", "profile"]
    elsewhere = Person(person.email, person.account_id, (await identity.sign_in(person.email)).token)
    assert len((await standing(relying, elsewhere)).consented_scopes) == 3
    assert (await standing(other, person)).consented_scopes == []
    assert (await standing(relying, await Person.signed_in(identity))).consented_scopes == []


async def test_the_company_chosen_last_is_remembered_for_the_session(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    elsewhere = Person(person.email, person.account_id, (await identity.sign_in(person.email)).token)
    await relying.signed_on(person)
    identity.clock.ahead = timedelta(seconds=1)
    await relying.code(person, siren=OTHER_SIREN)
    assert (await standing(relying, person)).siren == OTHER_SIREN
    identity.clock.ahead = timedelta(seconds=2)
    await relying.code(person, siren="")
    assert (await standing(relying, person)).siren == OTHER_SIREN
    assert (await standing(relying, elsewhere)).siren == ""
    await identity.sign_on("worker").EndSignOns(
        rpc.EndSignOnsRequest(account_id=person.account_id, siren=OTHER_SIREN)
    )
    assert (await standing(relying, person)).siren != OTHER_SIREN


async def test_signing_on_takes_an_open_session(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    for never_given in NEVER_GIVEN:
        stranger = Person("", "", never_given)
        for call in (relying.code(stranger), standing(relying, stranger)):
            with refused(Unauthenticated, "unauthenticated"):
                await call
    identity.clock.ahead = timedelta(hours=12, seconds=1)
    for call in (relying.code(person), standing(relying, person)):
        with refused(Unauthenticated, "session_expired"):
            await call
    identity.clock.ahead = timedelta()
    await sign_out(identity, person)
    for call in (relying.code(person), standing(relying, person)):
        with refused(Unauthenticated, "session_expired"):
            await call


@pytest.mark.parametrize(
    "differing",
    [
        {"client_id": "inconnu"},
        {"client_id": ""},
        {"redirect_uri": ""},
        {"redirect_uri": "https://outil.example.org/retour/"},
        {"redirect_uri": "https://OUTIL.example.org/retour"},
        {"redirect_uri": "https://outil.example.org/retour?x=1"},
        {"redirect_uri": "https://evil.example/"},
    ],
)
async def test_a_code_is_for_a_client_and_one_of_its_own_addresses(
    identity: RunningIdentity, differing: dict[str, str]
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    with refused(NotFound, "not_found"):
        await relying.code(person, **differing)
    link = await registered(identity, tool(client=None))
    with refused(NotFound, "not_found"):
        await link.code(person)


async def test_a_tool_that_is_a_client_no_more_has_no_sign_on(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    relying.tool.ClearField("client")
    await registered(identity, relying.tool)
    for proof in ({"access_token": issued.access_token}, {"refresh_token": issued.refresh_token}):
        with refused(NotFound, "not_found"):
            await relying.grant(relying.id, **proof)


async def test_a_sign_on_that_is_long_over_is_forgotten_and_one_that_may_matter_is_kept(
    identity: RunningIdentity,
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    silent = await registered(identity, tool(client=client(backchannel_logout_uri="")))
    for one in (relying, relying, silent):
        await one.signed_on(person)
    owed, *_ = await grant_ids(identity, relying)
    engine = identity.parts.database.engine
    now = identity.clock()
    async with AsyncSession(engine) as session:
        await session.execute(update(grants).where(grants.c.id == owed).values(logout_due=True))
        await session.commit()
    assert await retention.forget_old_rows(engine, at=now + timedelta(days=400))
    assert len(await grant_ids(identity, relying)) == 2
    await identity.sign_on("worker").EndSignOns(
        rpc.EndSignOnsRequest(account_id=person.account_id, siren="732829320")
    )
    assert await retention.forget_old_rows(engine, at=now + timedelta(days=6, hours=23))
    assert len(await grant_ids(identity, relying)) == 2
    assert await retention.forget_old_rows(engine, at=now + timedelta(days=7, minutes=5))
    assert await grant_ids(identity, relying) == [owed]
    assert await grant_ids(identity, silent) == []
    async with AsyncSession(engine) as session:
        left = select(func.count()).where(token_pairs.c.grant_id.in_(select(grants.c.id)))
        assert await session.scalar(left) == await session.scalar(
            select(func.count()).select_from(token_pairs)
        )
        await session.execute(update(grants).where(grants.c.id == owed).values(logout_due=False))
        await session.commit()


async def grant_ids(identity: RunningIdentity, relying: Relying) -> list[str]:
    async with AsyncSession(identity.parts.database.engine) as session:
        found = await session.scalars(select(grants.c.id).where(grants.c.client_id == relying.id))
        return sorted(found)


async def test_secrets_and_assertions_that_are_over_are_forgotten(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    await identity.sign_on("cli").RotateClientSecret(rpc.RotateClientSecretRequest(id=relying.id))
    request = rpc.UseClientAssertionRequest(client_id=relying.id, jti=new_id())
    request.expire_time.FromDatetime(identity.clock() + timedelta(minutes=1))
    await identity.sign_on().UseClientAssertion(request)
    engine = identity.parts.database.engine
    kept = []
    for later in (timedelta(), timedelta(minutes=7), timedelta(days=2)):
        await retention.forget_old_rows(engine, at=identity.clock() + later)
        async with AsyncSession(engine) as session:
            kept.append(
                [
                    await session.scalar(select(func.count()).where(table.c.client_id == relying.id))
                    for table in (client_secrets, client_assertions)
                ]
            )
    assert kept == [[2, 1], [2, 0], [1, 0]]


async def test_grants_that_time_has_ended_are_seen_to_however_many_they_are(
    identity: RunningIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.identity.operations.end_expired_grants.AT_ONCE", 2)
    person, relying = await Person.signed_in(identity), await registered(identity)
    for _ in range(5):
        await relying.code(person)
    identity.clock.ahead = timedelta(hours=12)
    await end_expired_grants(identity.parts)
    async with AsyncSession(identity.parts.database.engine) as session:
        still_open = select(func.count()).where(grants.c.client_id == relying.id, grants.c.ended_at.is_(None))
        assert await session.scalar(still_open) == 0
