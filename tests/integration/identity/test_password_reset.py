import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import grpc
import pytest

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.notice import NoticeKind
from services.platform.errors import (
    InvalidArgument,
    ResourceExhausted,
    Unauthenticated,
)
from tests.integration.identity.running import (
    PASSWORD,
    RunningIdentity,
    new_email,
    refused,
)

NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def session_of(identity: RunningIdentity, token: str) -> rpc.GetSessionResponse:
    return await identity.gateway.GetSession(rpc.GetSessionRequest(token=token))


async def reset(identity: RunningIdentity, token: str, password: str) -> None:
    request = rpc.ConfirmPasswordResetRequest(token=token, password=password)
    await identity.gateway.ConfirmPasswordReset(request)


async def test_a_reset_sets_the_password_and_ends_every_session(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    sessions = [(await identity.sign_in(email)).token for _ in range(2)]
    await reset(identity, await identity.reset_token(email), NEW_PASSWORD)
    for token in sessions:
        with refused(Unauthenticated, "session_expired"):
            await session_of(identity, token)
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email)
    await identity.sign_in(email, password=NEW_PASSWORD)
    assert len(await identity.notice_ids(email, NoticeKind.PASSWORD_CHANGED)) == 1


async def test_a_reset_link_works_once(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = await identity.reset_token(email)
    await reset(identity, token, NEW_PASSWORD)
    await reset(identity, token, NEW_PASSWORD)
    with refused(InvalidArgument, "reset_invalid"):
        await reset(identity, token, PASSWORD)
    assert len(await identity.notice_ids(email, NoticeKind.PASSWORD_CHANGED)) == 1
    await identity.sign_in(email, password=NEW_PASSWORD)


async def failure_of(call: Coroutine[Any, Any, None]) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    return str(failure.value.details())


async def test_a_used_link_tells_no_more_of_the_password_than_the_sign_in_page(
    identity: RunningIdentity,
) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = await identity.reset_token(email)
    await reset(identity, token, NEW_PASSWORD)
    guesses = (reset(identity, token, f"pas-le-bon-{number}") for number in range(40))
    failures = {await raised for raised in map(failure_of, guesses)}
    assert failures == {"reset_invalid", "rate_limited"}
    with refused(ResourceExhausted, "rate_limited"):
        await reset(identity, token, NEW_PASSWORD)


async def test_two_resets_at_once_by_one_link_set_one_password(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = await identity.reset_token(email)
    passwords = [NEW_PASSWORD, "encore-une-autre-48-phrase"]
    results = await asyncio.gather(
        *(reset(identity, token, password) for password in passwords), return_exceptions=True
    )
    won = [password for password, result in zip(passwords, results, strict=True) if result is None]
    assert len(won) == 1
    await identity.sign_in(email, password=won[0])


async def test_a_weak_password_leaves_the_link_working(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = await identity.reset_token(email)
    with refused(InvalidArgument, "password_weak"):
        await reset(identity, token, email)
    await reset(identity, token, NEW_PASSWORD)


async def test_a_newer_reset_link_replaces_the_older(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    older, newer = await identity.reset_token(email), await identity.reset_token(email)
    with refused(InvalidArgument, "reset_invalid"):
        await reset(identity, older, NEW_PASSWORD)
    await reset(identity, newer, NEW_PASSWORD)


async def test_a_reset_link_stops_working_after_an_hour(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    token = await identity.reset_token(email)
    identity.clock.ahead = timedelta(hours=1, seconds=1)
    with refused(InvalidArgument, "reset_invalid"):
        await reset(identity, token, NEW_PASSWORD)


async def test_a_verification_token_resets_nothing(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    notice = await identity.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
    with refused(InvalidArgument, "reset_invalid"):
        await reset(identity, notice.token, NEW_PASSWORD)


async def test_a_reset_verifies_the_address_and_drops_every_sign_up(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    await reset(identity, await identity.reset_token(email), NEW_PASSWORD)
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email)
    await identity.sign_in(email, password=NEW_PASSWORD)
