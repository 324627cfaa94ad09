"""What an account changes about itself, and the sessions it sees."""

import asyncio
from datetime import UTC, timedelta

import grpc
import pytest

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.notice import NoticeKind
from services.identity.settings import Settings
from services.platform.errors import InvalidArgument, NotFound, ResourceExhausted, Unauthenticated
from services.platform.rate_limits import Rate
from services.platform.rpc_errors import domain_error_of
from tests.integration.identity.acting import Person, speaking_for
from tests.integration.identity.running import (
    PASSWORD,
    RunningIdentity,
    new_email,
    refused,
    running_identity,
)

NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def is_open(identity: RunningIdentity, token: str) -> bool:
    try:
        await identity.gateway.GetSession(rpc.GetSessionRequest(token=token))
    except Exception as error:
        if "session_expired" not in str(error):
            raise
        return False
    return True


async def sessions_of(identity: RunningIdentity, person: Person, **page: object) -> rpc.ListSessionsResponse:
    with speaking_for(await person.account_token(identity)):
        return await identity.gateway.ListSessions(rpc.ListSessionsRequest(token=person.token, **page))  # type: ignore[arg-type]


async def update(identity: RunningIdentity, person: Person, **changed: str) -> rpc.UpdateAccountResponse:
    with speaking_for(await person.account_token(identity)):
        return await identity.gateway.UpdateAccount(rpc.UpdateAccountRequest(**changed))


async def change_password(
    identity: RunningIdentity, person: Person, *, current: str = PASSWORD, new: str = NEW_PASSWORD
) -> rpc.ChangePasswordResponse:
    request = rpc.ChangePasswordRequest(token=person.token, current_password=current, new_password=new)
    with speaking_for(await person.account_token(identity)):
        return await identity.gateway.ChangePassword(request)


async def test_a_name_and_a_language_are_changed_each_on_its_own(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    renamed = (await update(identity, person, full_name="  Camille  Nguyễn ")).account
    assert (renamed.full_name, renamed.locale) == ("Camille  Nguyễn", "fr")
    assert (await update(identity, person, locale="en")).account.locale == "en"
    assert (await update(identity, person)).account.full_name == "Camille  Nguyễn"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"full_name": " "}, "name_empty"),
        ({"full_name": "x" * 101}, "name_too_long"),
        ({"full_name": "<script>"}, "invalid_text"),
        ({"locale": "de"}, "locale_invalid"),
        ({"locale": ""}, "locale_invalid"),
    ],
)
async def test_what_sign_up_refuses_is_refused(
    identity: RunningIdentity, changed: dict[str, str], reason: str
) -> None:
    person = await Person.signed_in(identity)
    with refused(InvalidArgument, reason):
        await update(identity, person, **changed)


async def test_nobody_changes_an_account_without_a_session(identity: RunningIdentity) -> None:
    with refused(Unauthenticated, "unauthenticated"):
        await identity.gateway.UpdateAccount(rpc.UpdateAccountRequest(full_name="Camille"))
    with refused(Unauthenticated, "unauthenticated"):
        await identity.gateway.ListSessions(rpc.ListSessionsRequest())


async def test_a_changed_password_ends_the_other_sessions_and_renews_this_one(
    identity: RunningIdentity,
) -> None:
    person = await Person.signed_in(identity)
    other = (await identity.sign_in(person.email)).token
    [_, before] = (await sessions_of(identity, person)).sessions
    changed = await change_password(identity, person)
    assert [await is_open(identity, one) for one in (person.token, other, changed.token)] == [
        False,
        False,
        True,
    ]
    assert changed.expire_time == before.expire_time
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(person.email)
    await identity.sign_in(person.email, password=NEW_PASSWORD)
    assert len(await identity.notice_ids(person.email, NoticeKind.PASSWORD_CHANGED)) == 1


async def test_both_passwords_that_are_wrong_are_told_at_once(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await change_password(identity, person, current="ce n'est pas le bon", new="court")
    error = domain_error_of(caught.value)
    assert isinstance(error, InvalidArgument)
    faults = [(one.field, one.reason) for one in (error, *error.others)]
    assert faults == [("current_password", "password_wrong"), ("new_password", "password_too_short")]


async def test_the_password_of_now_is_needed_and_guessing_it_is_limited(
    identity: RunningIdentity, identity_settings: Settings
) -> None:
    strict = identity_settings.model_copy(update={"limit_sign_in_per_address_and_client": Rate.parse("3/h")})
    async with running_identity(strict) as one, running_identity(strict) as replica:
        person = await Person.signed_in(one)
        for each in (one, replica, one):
            with refused(InvalidArgument, "password_wrong"):
                await change_password(each, person, current="ce n'est pas le bon")
        for each in (one, replica):
            with refused(ResourceExhausted, "rate_limited"):
                await change_password(each, person)
        assert await is_open(one, person.token)


@pytest.mark.parametrize(
    ("new", "reason"), [("court", "password_too_short"), ("motdepasse1234", "password_weak")]
)
async def test_a_new_password_must_be_good_enough(identity: RunningIdentity, new: str, reason: str) -> None:
    person = await Person.signed_in(identity)
    with refused(InvalidArgument, reason):
        await change_password(identity, person, new=new)
    await identity.sign_in(person.email)


async def test_two_changes_at_once_are_one_change(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    passwords = [f"{NEW_PASSWORD}-{number}" for number in range(4)]
    answers = await asyncio.gather(
        *(change_password(identity, person, new=one) for one in passwords), return_exceptions=True
    )
    won = [number for number, one in enumerate(answers) if isinstance(one, rpc.ChangePasswordResponse)]
    assert len(won) == 1
    await identity.sign_in(person.email, password=passwords[won[0]])


async def test_sessions_are_listed_newest_first_with_what_they_are_known_by(
    identity: RunningIdentity,
) -> None:
    person = await Person.signed_in(identity)
    told = f"Navigateur\x07 \n 12 {'x' * 400}"
    request = rpc.CreateSessionRequest(email=person.email, password=PASSWORD, user_agent=told)
    second = await identity.gateway.CreateSession(request)
    [newest, oldest] = (await sessions_of(identity, person)).sessions
    assert (newest.current, oldest.current) == (False, True)
    assert newest.user_agent == f"Navigateur 12 {'x' * 286}"
    assert newest.client_address.startswith("10.")
    assert newest.id not in second.token
    assert newest.expire_time == second.expire_time


async def test_sessions_come_in_pages(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    for _ in range(2):
        await identity.sign_in(person.email)
    first = await sessions_of(identity, person, page_size=2)
    second = await sessions_of(identity, person, page_size=2, page_token=first.next_page_token)
    found = [one.id for one in (*first.sessions, *second.sessions)]
    assert (len(set(found)), second.next_page_token) == (3, "")
    other = await Person.signed_in(identity)
    with refused(InvalidArgument, "invalid_cursor"):
        await sessions_of(identity, other, page_token=first.next_page_token)


async def test_a_session_is_seen_to_within_five_minutes(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)

    async def seen() -> timedelta:
        [one] = (await sessions_of(identity, person)).sessions
        return one.last_seen_time.ToDatetime(UTC) - one.create_time.ToDatetime(UTC)

    identity.clock.ahead = timedelta(minutes=4)
    assert await seen() == timedelta()
    identity.clock.ahead = timedelta(minutes=6)
    assert await seen() >= timedelta(minutes=6)


async def test_one_session_is_ended_by_its_identifier_and_only_by_its_owner(
    identity: RunningIdentity,
) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    other = (await identity.sign_in(person.email)).token
    [newest, _] = (await sessions_of(identity, person)).sessions
    request = rpc.RevokeSessionRequest(session_id=newest.id)
    with speaking_for(await stranger.account_token(identity)), refused(NotFound, "not_found"):
        await identity.gateway.RevokeSession(request)
    with speaking_for(await person.account_token(identity)):
        for _ in range(2):
            await identity.gateway.RevokeSession(request)
        for unknown in ("", "no-id", "0" * 32):
            with refused(NotFound, "not_found"):
                await identity.gateway.RevokeSession(rpc.RevokeSessionRequest(session_id=unknown))
    assert (await is_open(identity, other), await is_open(identity, person.token)) == (False, True)


async def test_the_other_sessions_are_ended_and_this_one_stays(identity: RunningIdentity) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    others = [(await identity.sign_in(person.email)).token for _ in range(2)]
    with speaking_for(await person.account_token(identity)):
        revoked = await identity.gateway.RevokeOtherSessions(
            rpc.RevokeOtherSessionsRequest(token=person.token)
        )
        assert revoked.revoked_count == 2
        with refused(Unauthenticated, "session_expired"):
            await identity.gateway.RevokeOtherSessions(rpc.RevokeOtherSessionsRequest(token=stranger.token))
    assert [await is_open(identity, one) for one in (*others, person.token, stranger.token)] == [
        False,
        False,
        True,
        True,
    ]


async def test_an_account_tells_when_it_signed_in_last(identity: RunningIdentity) -> None:
    email = new_email()
    account_id = await identity.verified_account(email)
    request = rpc.BatchGetAccountsRequest(account_ids=[account_id])
    [before] = (await identity.gateway.BatchGetAccounts(request)).accounts
    assert not before.HasField("last_sign_in_time")
    at = (await identity.sign_in(email)).account.last_sign_in_time
    [after] = (await identity.gateway.BatchGetAccounts(request)).accounts
    assert after.last_sign_in_time == at


async def test_a_new_code_waits_for_a_countdown_that_replicas_share_alike_for_every_address(
    identity_settings: Settings,
) -> None:
    counting = identity_settings.model_copy(update={"limit_verification_mail_per_address": Rate.parse("1/m")})
    async with running_identity(counting) as one, running_identity(counting) as replica:
        known, unknown = new_email(), new_email()
        signed_up = await one.gateway.CreateAccount(
            rpc.CreateAccountRequest(email=known, full_name="Camille Durand", password=PASSWORD)
        )
        left = signed_up.next_time.ToDatetime(UTC) - one.clock()
        assert timedelta(seconds=50) < left <= timedelta(minutes=1)
        asked = await one.gateway.ResendVerification(rpc.ResendVerificationRequest(email=unknown))
        assert asked.next_time.ToDatetime(UTC) - one.clock() > timedelta(seconds=50)
        for email in (known, unknown):
            with refused(ResourceExhausted, "rate_limited", retry_within=timedelta(minutes=1)):
                await replica.gateway.ResendVerification(rpc.ResendVerificationRequest(email=email))
