import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from temporalio.client import Client

from guichet.identity.v1 import account_pb2
from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.email_address import EmailAddress
from services.identity.domain.notice import MOST_CODE_ATTEMPTS, NoticeKind
from services.identity.even_time import ANSWER_SECONDS
from services.identity.settings import Settings
from services.identity.storage.tables import accounts
from services.platform.errors import (
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
)
from services.platform.rate_limits import Rate
from tests.integration.identity.running import (
    PASSWORD,
    RunningIdentity,
    new_email,
    refused,
    running_identity,
)
from workflows.notification.messages import workflow_id

OTHER_PASSWORD = "girafe-ordinaire-7-parapluie"
CLOCK_RESOLUTION = 0.002
VERIFICATION = NoticeKind.ACCOUNT_VERIFICATION


async def count_of(identity: RunningIdentity, email: str) -> int:
    query = select(func.count()).where(accounts.c.email_key == EmailAddress.parse(email).key)
    async with identity.parts.database.reader.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def follow(identity: RunningIdentity, notice: account_pb2.AccountNotice) -> str:
    answer = await identity.gateway.VerifyAccount(rpc.VerifyAccountRequest(token=notice.token))
    return answer.account_id


async def type_code(identity: RunningIdentity, email: str, code: str) -> str:
    request = rpc.VerifyAccountRequest(email=email, code=code)
    return (await identity.gateway.VerifyAccount(request)).account_id


async def test_a_sign_up_owes_a_mail_whose_link_verifies_the_address(
    identity: RunningIdentity, temporal_address: str
) -> None:
    email = new_email("Amélie")
    await identity.sign_up(email, full_name=" Amélie d'Été ")
    notice = await identity.newest_notice(email, VERIFICATION)

    temporal = await Client.connect(temporal_address)
    workflow = await temporal.get_workflow_handle(workflow_id("account_verification", notice.id)).describe()
    assert workflow.workflow_type == "DeliverNotification"
    assert notice.kind == account_pb2.AccountNotice.KIND_ACCOUNT_VERIFICATION
    assert (notice.account.email, notice.account.full_name) == (email, "Amélie d'Été")
    assert (notice.account.locale, notice.account.HasField("verify_time")) == ("fr", False)

    account_id = await follow(identity, notice)
    assert await follow(identity, notice) == account_id
    signed_in = await identity.sign_in(email)
    assert signed_in.account.id == account_id
    assert signed_in.account.HasField("verify_time")


async def test_a_code_verifies_too_and_again(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    code = (await identity.newest_notice(email, VERIFICATION)).code
    account_id = await type_code(identity, email.upper(), f" {code[:4]} {code[4:]} ")
    assert await type_code(identity, email, code) == account_id
    await identity.sign_in(email)


async def test_too_many_wrong_codes_wear_out_the_code_but_not_the_link(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    notice = await identity.newest_notice(email, VERIFICATION)
    wrong = "00000000" if notice.code != "00000000" else "11111111"
    for _ in range(MOST_CODE_ATTEMPTS):
        with refused(InvalidArgument, "verification_invalid"):
            await type_code(identity, email, wrong)
    with refused(InvalidArgument, "verification_invalid"):
        await type_code(identity, email, notice.code)
    await follow(identity, notice)


async def test_codes_are_limited_for_every_address_alike(identity: RunningIdentity) -> None:
    email = new_email()
    for _ in range(identity.parts.settings.limit_verification_per_address.count):
        with refused(InvalidArgument, "verification_invalid"):
            await type_code(identity, email, "12345678")
    with refused(ResourceExhausted, "rate_limited", retry_within=timedelta(minutes=2)):
        await type_code(identity, email, "12345678")


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "é" * 64, "\x00"])
async def test_what_is_no_token_verifies_nothing(identity: RunningIdentity, token: str) -> None:
    with refused(InvalidArgument, "verification_invalid"):
        await identity.gateway.VerifyAccount(rpc.VerifyAccountRequest(token=token))


async def test_a_link_stops_working_after_a_day(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.sign_up(email)
    notice = await identity.newest_notice(email, VERIFICATION)
    identity.clock.ahead = timedelta(hours=24, seconds=1)
    with refused(InvalidArgument, "verification_invalid"):
        await follow(identity, notice)
    with refused(InvalidArgument, "verification_invalid"):
        await type_code(identity, email, notice.code)
    with refused(NotFound, "not_found"):
        await identity.notice(notice.id)


async def test_a_reset_token_verifies_nothing(identity: RunningIdentity) -> None:
    email = new_email()
    await identity.verified_account(email)
    with refused(InvalidArgument, "verification_invalid"):
        await identity.gateway.VerifyAccount(
            rpc.VerifyAccountRequest(token=await identity.reset_token(email))
        )


async def test_an_unknown_address_gets_the_same_answers(identity: RunningIdentity) -> None:
    email = new_email()
    loop = asyncio.get_running_loop()
    start = loop.time()
    await identity.gateway.ResendVerification(rpc.ResendVerificationRequest(email=email))
    await identity.gateway.RequestPasswordReset(rpc.RequestPasswordResetRequest(email=email))
    assert loop.time() - start >= 2 * ANSWER_SECONDS - CLOCK_RESOLUTION
    assert await count_of(identity, email) == 0


async def test_mails_to_one_address_are_limited_whether_or_not_it_has_an_account(
    identity: RunningIdentity,
) -> None:
    known, unknown = new_email(), new_email()
    await identity.sign_up(known)
    for email in (known, unknown):
        request = rpc.ResendVerificationRequest(email=email)
        for _ in range(identity.parts.settings.limit_mail_per_address.count):
            await identity.gateway.ResendVerification(request)
        with refused(ResourceExhausted, "rate_limited"):
            await identity.gateway.ResendVerification(request)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": "Nom <a@example.com>"}, "email_invalid"),
        ({"full_name": "\u200b \u00a0"}, "name_empty"),
        ({"full_name": "x" * 101}, "name_too_long"),
        ({"full_name": "<script>"}, "invalid_text"),
        ({"password": "onze-lettre"}, "password_too_short"),
        ({"password": "é" * 513}, "password_too_long"),
        ({"password": "motdepasse2026"}, "password_weak"),
        ({"locale": "de"}, "locale_invalid"),
    ],
)
async def test_a_wrong_input_is_named_and_writes_nothing(
    identity: RunningIdentity, change: dict[str, str], reason: str
) -> None:
    email = new_email()
    valid = {"email": email, "full_name": "Camille Durand", "password": PASSWORD}
    with refused(InvalidArgument, reason):
        await identity.gateway.CreateAccount(rpc.CreateAccountRequest(**{**valid, **change}))
    assert await count_of(identity, email) == 0


async def test_without_the_workflow_engine_nothing_is_written(
    identity: RunningIdentity, identity_settings: Settings
) -> None:
    nowhere = identity_settings.model_copy(update={"temporal_address": "127.0.0.1:1"})
    fresh, known = new_email(), new_email()
    await identity.verified_account(known)
    async with running_identity(nowhere) as without:
        with refused(Unavailable, "workflow_engine_unavailable"):
            await without.sign_up(fresh)
        for email in (known, fresh):
            with refused(Unavailable, "workflow_engine_unavailable"):
                await without.gateway.RequestPasswordReset(rpc.RequestPasswordResetRequest(email=email))
    assert await count_of(identity, fresh) == 0
    assert await identity.notice_ids(known, NoticeKind.PASSWORD_RESET) == []
    await identity.sign_up(fresh)


async def test_sign_ups_of_one_client_are_limited(identity_settings: Settings) -> None:
    strict = identity_settings.model_copy(update={"limit_sign_up_per_client": Rate.parse("2/h")})
    async with running_identity(strict) as one, running_identity(strict) as two:
        await one.sign_up(new_email())
        await two.sign_up(new_email())
        for replica in (one, two):
            with refused(ResourceExhausted, "rate_limited"):
                await replica.sign_up(new_email())


async def test_before_verification_only_the_right_password_learns_that_it_is_missing(
    identity: RunningIdentity,
) -> None:
    email = new_email()
    await identity.sign_up(email)
    with refused(PermissionDenied, "email_not_verified"):
        await identity.sign_in(email)
    with refused(Unauthenticated, "invalid_credentials"):
        await identity.sign_in(email, password=OTHER_PASSWORD)


async def test_a_notice_being_written_is_waited_for(identity: RunningIdentity) -> None:
    """The workflow is started before the commit, and may ask at once."""
    email = new_email()
    asked: list[asyncio.Task[account_pb2.AccountNotice]] = []
    database = identity.parts.database
    deliver = database._deliver

    async def ask_while_it_is_written(notice: object) -> None:
        asked.append(asyncio.ensure_future(identity.notice(notice.id)))  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        assert not asked[0].done()

    database._deliver = ask_while_it_is_written
    try:
        await identity.sign_up(email)
    finally:
        database._deliver = deliver
    assert (await asked[0]).account.email == email
