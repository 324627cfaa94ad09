"""What ends a sign-on, whatever else happens at that moment."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from guichet.identity.v1 import identity_service_pb2
from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.platform.errors import NotFound, Unauthenticated
from tests.integration.identity.acting import Person, speaking_for
from tests.integration.identity.running import PASSWORD, RunningIdentity, refused
from tests.integration.identity.signing_on import (
    Relying,
    end_sign_ons,
    logout_notice,
    registered,
    sign_out,
    tool,
    was_handed_on,
)

NEW_PASSWORD = "girafe-ordinaire-7-parapluie"
Ending = Callable[[RunningIdentity, Person, Relying, rpc.IssueTokensResponse], Awaitable[object]]


async def revoke_session(identity: RunningIdentity, person: Person, *_: object) -> None:
    with speaking_for(await person.account_token(identity)):
        page = await identity.gateway.ListSessions(identity_service_pb2.ListSessionsRequest())
        for session in page.sessions:
            request = identity_service_pb2.RevokeSessionRequest(session_id=session.id)
            await identity.gateway.RevokeSession(request)


async def revoke_others(identity: RunningIdentity, person: Person, *_: object) -> None:
    elsewhere = await identity.sign_in(person.email)
    with speaking_for(await person.account_token(identity)):
        request = identity_service_pb2.RevokeOtherSessionsRequest(token=elsewhere.token)
        await identity.gateway.RevokeOtherSessions(request)


async def change_password_elsewhere(identity: RunningIdentity, person: Person, *_: object) -> None:
    elsewhere = (await identity.sign_in(person.email)).token
    await change_password(identity, Person(person.email, person.account_id, elsewhere))


async def change_password(identity: RunningIdentity, person: Person) -> str:
    request = identity_service_pb2.ChangePasswordRequest(
        token=person.token, current_password=PASSWORD, new_password=NEW_PASSWORD
    )
    with speaking_for(await person.account_token(identity)):
        return (await identity.gateway.ChangePassword(request)).token


async def reset_password(identity: RunningIdentity, person: Person, *_: object) -> None:
    request = identity_service_pb2.ConfirmPasswordResetRequest(
        token=await identity.reset_token(person.email), password=NEW_PASSWORD
    )
    await identity.gateway.ConfirmPasswordReset(request)


async def lose_company(identity: RunningIdentity, person: Person, *_: object) -> None:
    assert await end_sign_ons(identity, person) == 2


async def disable(identity: RunningIdentity, _: Person, relying: Relying, *rest: object) -> None:
    request = rpc.SetToolDisabledRequest(id=relying.id, disabled=True)
    await identity.sign_on("cli").SetToolDisabled(request)


async def disable_by_import(identity: RunningIdentity, _: Person, relying: Relying, *rest: object) -> None:
    relying.tool.disabled = True
    await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=relying.tool))


async def take_a_scope_away(identity: RunningIdentity, _: Person, relying: Relying, *rest: object) -> None:
    relying.tool.client.scopes.remove("email")
    await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=relying.tool))


async def take_an_address_away(identity: RunningIdentity, _: Person, relying: Relying, *rest: object) -> None:
    relying.tool.client.redirect_uris[0] += "/elsewhere"
    await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=relying.tool))


async def open_to_fewer(identity: RunningIdentity, _: Person, relying: Relying, *rest: object) -> None:
    relying.tool.roles.append("administrator")
    await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=relying.tool))


async def refresh_twice(
    identity: RunningIdentity, _: Person, relying: Relying, issued: rpc.IssueTokensResponse
) -> None:
    await relying.refresh(issued.refresh_token)
    with refused(NotFound, "not_found"):
        await relying.refresh(issued.refresh_token)


ENDINGS: list[Ending] = [
    sign_out,
    revoke_session,
    revoke_others,
    change_password_elsewhere,
    reset_password,
    lose_company,
    disable,
    disable_by_import,
    take_a_scope_away,
    take_an_address_away,
    open_to_fewer,
    refresh_twice,
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
async def test_what_ends_a_sign_on_ends_its_tokens_and_has_the_tool_told(
    identity: RunningIdentity, ending: Ending
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    waiting = await relying.code(person)
    issued = await relying.signed_on(person)
    grant = await relying.grant(access_token=issued.access_token)
    await ending(identity, person, relying, issued)
    for proof in ({"access_token": issued.access_token}, {"refresh_token": issued.refresh_token}):
        with refused(NotFound, "not_found"):
            await relying.grant(relying.id, **proof)
    if ending is not refresh_twice:
        with refused(NotFound, "not_found"):
            await relying.redeem(waiting)
    assert await was_handed_on(identity, grant.id)
    assert (await logout_notice(identity, grant.id)).client_id == relying.id


async def test_a_tool_that_is_set_again_or_allows_more_keeps_its_sign_ons(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    relying.tool.client.redirect_uris.append("https://notes.example.org/another")
    relying.tool.roles[:] = ["administrator", "member"]
    for _ in range(2):
        await identity.sign_on("cli").SetTool(rpc.SetToolRequest(tool=relying.tool))
    assert await relying.grant(access_token=issued.access_token)


async def test_whose_sign_on_it_is_not_stays_signed_on(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    elsewhere = Person(person.email, person.account_id, (await identity.sign_in(person.email)).token)
    issued = [
        await relying.signed_on(elsewhere),
        await relying.signed_on(await Person.signed_in(identity)),
    ]
    assert await end_sign_ons(identity, person, "552100554") == 0
    await sign_out(identity, person)
    for one in issued:
        grant = await relying.grant(access_token=one.access_token)
        assert not await was_handed_on(identity, grant.id)
        with refused(NotFound, "not_found"):
            await logout_notice(identity, grant.id)


async def test_a_new_secret_of_the_session_keeps_its_sign_ons(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    sid = (await relying.grant(access_token=issued.access_token)).sid
    renewed = Person(person.email, person.account_id, await change_password(identity, person))
    again = await relying.refresh(issued.refresh_token)
    assert (await relying.grant(access_token=again.access_token)).sid == sid
    assert (await relying.grant(access_token=(await relying.signed_on(renewed)).access_token)).sid == sid
    # Neither the secret of before nor its holder's signing out has anything to do with it any more.
    with refused(Unauthenticated, "session_expired"):
        await relying.code(person)
    await sign_out(identity, person)
    assert await relying.grant(access_token=again.access_token)
    await sign_out(identity, renewed)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=again.access_token)


async def test_signing_on_and_out_at_once_leaves_nothing_open(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    for _ in range(10):
        person = await Person.signed_in(identity)
        code, _ = await asyncio.gather(
            relying.code(person), sign_out(identity, person), return_exceptions=True
        )
        if isinstance(code, str):
            with refused(NotFound, "not_found"):
                await relying.redeem(code)


async def test_overlapping_ends_never_wait_for_each_other(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    for _ in range(5):
        tools = [await registered(identity) for _ in range(3)]
        session = Person(person.email, person.account_id, (await identity.sign_in(person.email)).token)
        for relying in tools * 2:
            await relying.signed_on(session)
        await asyncio.gather(
            sign_out(identity, session),
            end_sign_ons(identity, person),
            *(disable(identity, person, relying) for relying in tools),
        )
        assert await end_sign_ons(identity, person) == 0


async def test_another_role_ends_the_sign_ons_that_it_does_not_open(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    for_all = await registered(identity)
    for_administrators = await registered(identity, tool(roles=["administrator"]))
    kept, lost = await for_all.signed_on(person), await for_administrators.signed_on(person)
    assert await end_sign_ons(identity, person, role="administrator") == 0
    assert await end_sign_ons(identity, person, role="member") == 1
    assert (await for_all.grant(access_token=kept.access_token)).client_id == for_all.id
    with refused(NotFound, "not_found"):
        await for_administrators.grant(access_token=lost.access_token)
