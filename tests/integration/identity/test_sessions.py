import asyncio
from datetime import timedelta

import grpc
import pytest
from sqlalchemy import Executable, event

from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from services.identity.domain.notice import NoticeKind
from services.identity.settings import Settings
from services.platform.connections import Connection, Parameters, Rows
from services.platform.errors import (
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from services.platform.rate_limits import Rate
from services.platform.rpc_context import Acting, acting
from services.platform.service_identity import TrustedServices
from tests.integration.identity.running import (
    RunningIdentity,
    new_email,
    refused,
    running_identity,
)

NEW_PASSWORD = "girafe-ordinaire-7-parapluie"
WRONG = "ce n'est pas le bon"


async def session_of(identity: RunningIdentity, token: str) -> rpc.GetSessionResponse:
    return await identity.gateway.GetSession(rpc.GetSessionRequest(token=token))


async def sign_out(identity: RunningIdentity, token: str) -> None:
    await identity.gateway.DeleteSession(rpc.DeleteSessionRequest(token=token))


async def reset(identity: RunningIdentity, token: str, password: str) -> None:
    request = rpc.ConfirmPasswordResetRequest(token=token, password=password)
    await identity.gateway.ConfirmPasswordReset(request)


def come_from(address: str) -> None:
    acting.set(Acting(client_address=address))


async def test_a_session_names_its_account_to_other_services(
    identity: RunningIdentity, identity_settings: Settings
) -> None:
    email = new_email()
    account_id = await identity.verified_account(email)
    signed_in = await identity.sign_in(email)
    session = await session_of(identity, signed_in.token)
    assert session.account == signed_in.account
    assert session.expire_time == signed_in.expire_time
    trusted = TrustedServices(identity_settings.keys_directory)
    assert trusted.account_id(session.account_token) == account_id


async def test_signing_out_ends_the_session_and_twice_is_harmless(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    ended, other = (await identity.sign_in(email)).token, (await identity.sign_in(email)).token
    await sign_out(identity, ended)
    await sign_out(identity, ended)
    with refused(Unauthenticated, "session_expired"):
        await session_of(identity, ended)
    await session_of(identity, other)


async def test_a_session_ends_by_itself(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = (await identity.sign_in(email)).token
    identity.clock.ahead = timedelta(hours=12, seconds=1)
    with refused(Unauthenticated, "session_expired"):
        await session_of(identity, token)


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "é" * 64, "\x00"])
async def test_what_was_never_given_is_no_session(identity: RunningIdentity, token: str) -> None:
    with refused(Unauthenticated, "unauthenticated"):
        await session_of(identity, token)
    with refused(Unauthenticated, "unauthenticated"):
        await sign_out(identity, token)


async def test_a_mailed_token_is_no_session(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    notice = await identity.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
    with refused(Unauthenticated, "unauthenticated"):
        await session_of(identity, notice.token)


async def test_the_same_key_gives_the_same_session(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    first, again = await asyncio.gather(*(identity.sign_in(email, key="k1") for _ in range(2)))
    assert first == again
    assert (await identity.sign_in(email, key="k2")).token != first.token
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email, password=WRONG, key="k1")
    await sign_out(identity, first.token)
    with refused(AlreadyExists, "idempotency_key_reused"):
        await identity.sign_in(email, key="k1")


async def test_an_unknown_address_and_a_wrong_password_cost_and_answer_the_same(
    identity: RunningIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = new_email()
    await identity.verified_account(known)
    verified: list[str] = []
    verify = type(identity.parts.passwords._hasher).verify

    def counted(hasher: object, password_hash: str, password: bytes) -> bool:
        verified.append(password_hash.rpartition("$")[0].rpartition("$")[0])
        return verify(hasher, password_hash, password)  # type: ignore[arg-type]

    monkeypatch.setattr(type(identity.parts.passwords._hasher), "verify", counted)
    for email in (known, new_email(), "Nom <a@example.com>", "\x00"):
        with refused(Unauthenticated, "invalid_credentials"):
            await identity.sign_in(email, password=WRONG)
    assert verified == ["$argon2id$v=19$m=19456,t=2,p=1"] * 4


async def test_guessing_is_limited_over_all_replicas_for_every_address_alike(
    identity: RunningIdentity, identity_settings: Settings
) -> None:
    known, unknown = new_email(), new_email()
    await identity.verified_account(known)
    limit = identity_settings.limit_sign_in_per_address_and_client.count
    async with running_identity(identity_settings) as replica:
        for email in (known, unknown):
            for number in range(limit):
                with refused(Unauthenticated, "invalid_credentials"):
                    await (identity, replica)[number % 2].sign_in(email, password=WRONG)
            for one in (identity, replica):
                with refused(ResourceExhausted, "rate_limited"):
                    await one.sign_in(email, password=WRONG)


async def test_signing_in_with_the_right_password_is_not_limited(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    for _ in range(identity.parts.settings.limit_sign_in_per_address_and_client.count + 2):
        await identity.sign_in(email)


async def test_strangers_cannot_lock_an_account_where_its_owner_signs_in(
    identity_settings: Settings,
) -> None:
    strict = identity_settings.model_copy(update={"limit_sign_in_per_address": Rate.parse("3/h")})
    async with running_identity(strict) as identity:
        email = new_email()
        await identity.verified_account(email)
        come_from("192.0.2.1")
        await identity.sign_in(email)
        for number in range(3):
            come_from(f"2001:db8:0:{number}::1")
            with refused(Unauthenticated, "invalid_credentials"):
                await identity.sign_in(email, password=WRONG)
        come_from("198.51.100.1")
        with refused(ResourceExhausted, "rate_limited"):
            await identity.sign_in(email)
        come_from("192.0.2.1")
        await identity.sign_in(email)

        come_from("198.51.100.1")
        await reset(identity, await identity.reset_token(email), NEW_PASSWORD)
        await identity.sign_in(email, password=NEW_PASSWORD)


async def test_one_network_of_ipv6_addresses_is_one_client(identity_settings: Settings) -> None:
    strict = identity_settings.model_copy(update={"limit_sign_in_per_address_and_client": Rate.parse("1/h")})
    async with running_identity(strict) as identity:
        email = new_email()
        come_from("2001:db8:1:2::1")
        with refused(Unauthenticated, "invalid_credentials"):
            await identity.sign_in(email, password=WRONG)
        come_from("2001:db8:1:2:ffff::2")
        with refused(ResourceExhausted, "rate_limited"):
            await identity.sign_in(email, password=WRONG)


async def test_a_bare_call_and_a_wrong_caller_are_turned_away(identity: RunningIdentity) -> None:
    async with grpc.aio.insecure_channel(identity.address) as channel:
        with refused(Unauthenticated, "service_not_trusted"):
            await IdentityServiceStub(channel).GetSession(rpc.GetSessionRequest(token="x"))
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.as_service("company").GetSession(rpc.GetSessionRequest(token="x"))
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.gateway.GetAccountNotice(rpc.GetAccountNoticeRequest(notice_id="0" * 32))


async def test_reading_a_session_is_one_statement(
    identity: RunningIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the way of every HTTP request."""
    email = new_email()
    await identity.verified_account(email)
    token = (await identity.sign_in(email)).token
    statements: list[str] = []
    execute = Connection.execute

    async def heard(connection: Connection, statement: Executable, *rest: Parameters | None) -> Rows:
        statements.append(str(statement))
        return await execute(connection, statement, *rest)

    def refused_engine(*_: object) -> None:
        raise AssertionError("reading a session needs no more than one of the lean connections")

    monkeypatch.setattr(Connection, "execute", heard)
    engine = identity.parts.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", refused_engine)
    try:
        await session_of(identity, token)
        with refused(Unauthenticated, "unauthenticated"):
            await session_of(identity, token[:-4] + "AAAA")
    finally:
        event.remove(engine, "before_cursor_execute", refused_engine)
    assert len(statements) == 1
