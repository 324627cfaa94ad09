"""The same Idempotency-Key twice is one mail and one answer, for calls that nobody has signed in for."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from google.protobuf.message import Message
from sqlalchemy import text

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.notice import NoticeKind
from services.identity.settings import Settings
from services.platform.errors import AlreadyExists, InvalidArgument
from services.platform.rate_limits import Rate
from services.platform.rpc_context import Acting, acting
from tests.integration.identity.running import (
    PASSWORD,
    RunningIdentity,
    new_email,
    refused,
    running_identity,
)

Call = Callable[[RunningIdentity, str, str], Awaitable[Message]]


async def sign_up(identity: RunningIdentity, email: str, key: str) -> Message:
    request = rpc.CreateAccountRequest(
        email=email, full_name="Camille Durand", password=PASSWORD, idempotency_key=key
    )
    return await identity.gateway.CreateAccount(request)


async def ask_for_code(identity: RunningIdentity, email: str, key: str) -> Message:
    return await identity.gateway.ResendVerification(
        rpc.ResendVerificationRequest(email=email, idempotency_key=key)
    )


async def forget_password(identity: RunningIdentity, email: str, key: str) -> Message:
    return await identity.gateway.RequestPasswordReset(
        rpc.RequestPasswordResetRequest(email=email, idempotency_key=key)
    )


CALLS = [
    (sign_up, NoticeKind.ACCOUNT_VERIFICATION, 0),
    (ask_for_code, NoticeKind.ACCOUNT_VERIFICATION, 1),
    (forget_password, NoticeKind.PASSWORD_RESET, 0),
]


async def known(identity: RunningIdentity, call: Call) -> str:
    """Returns an address for which a call owes a mail."""
    email = new_email()
    if call is not sign_up:
        await identity.sign_up(email)
    return email


@pytest.mark.parametrize(("call", "kind", "before"), CALLS)
async def test_a_repeat_owes_no_second_mail_also_at_the_same_moment(
    identity: RunningIdentity, call: Call, kind: NoticeKind, before: int
) -> None:
    email, key = await known(identity, call), uuid4().hex
    answers = await asyncio.gather(*(call(identity, email, key) for _ in range(4)))
    answers.append(await call(identity, email, key))
    assert answers == [answers[0]] * 5
    assert len(await identity.notice_ids(email, kind)) == before + 1


@pytest.mark.parametrize("call", [call for call, _, _ in CALLS])
async def test_a_key_of_another_call_is_refused(identity: RunningIdentity, call: Call) -> None:
    key = uuid4().hex
    await call(identity, await known(identity, call), key)
    with refused(AlreadyExists, "idempotency_key_reused"):
        await call(identity, await known(identity, call), key)


@pytest.mark.parametrize("call", [call for call, _, _ in CALLS])
async def test_an_address_without_account_has_its_key_remembered_too(
    identity: RunningIdentity, call: Call
) -> None:
    key = uuid4().hex
    await call(identity, new_email(), key)
    with refused(AlreadyExists, "idempotency_key_reused"):
        await call(identity, new_email(), key)


async def test_a_key_counts_for_the_client_it_came_from(identity: RunningIdentity) -> None:
    key = uuid4().hex
    await sign_up(identity, new_email(), key)
    acting.set(Acting(client_address="203.0.113.9", trace_id="0123456789abcdef"))
    await sign_up(identity, new_email(), key)


async def test_a_repeat_is_not_counted_against_the_limits(identity_settings: Settings) -> None:
    strict = identity_settings.model_copy(update={"limit_mail_per_address": Rate.parse("1/h")})
    async with running_identity(strict) as identity:
        email, key = new_email(), uuid4().hex
        for _ in range(3):
            await forget_password(identity, email, key)


async def test_a_refused_call_leaves_its_key_free(identity: RunningIdentity) -> None:
    key = uuid4().hex
    with refused(InvalidArgument, "email_invalid"):
        await sign_up(identity, "nobody", key)
    await sign_up(identity, new_email(), key)


async def test_another_password_is_another_call_and_its_digest_is_keyed(identity: RunningIdentity) -> None:
    email, key = new_email(), uuid4().hex
    await sign_up(identity, email, key)
    other = rpc.CreateAccountRequest(
        email=email, full_name="Camille Durand", password=f"{PASSWORD} 2", idempotency_key=key
    )
    with refused(AlreadyExists, "idempotency_key_reused"):
        await identity.gateway.CreateAccount(other)
    async with identity.parts.database.reader.connect() as connection:
        found = await connection.execute(
            text("SELECT fingerprint FROM idempotency_keys WHERE key = :key"), {"key": key}
        )
    request = rpc.CreateAccountRequest(
        email=email, full_name="Camille Durand", password=PASSWORD, idempotency_key=key
    )
    bare = identity.parts.once_by("10.0.0.1", key, request).fingerprint
    assert found.scalar_one() != bare
