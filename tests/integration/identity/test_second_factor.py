"""The second factor: what turns it on and off, and what completes a sign-in."""

import asyncio
from datetime import timedelta

import pytest

from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1 import session_pb2
from services.identity.settings import Settings
from services.platform.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
)
from services.platform.rate_limits import Rate
from tests.integration.identity.acting import (
    Application,
    Person,
    speaking_for,
    with_passkey,
    with_totp,
)
from tests.integration.identity.running import PASSWORD, RunningIdentity, refused, running_identity
from tests.integration.identity.second_step import challenge_of, changes_told, complete

STEP = timedelta(seconds=30)
NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def test_an_application_turns_it_on_and_its_code_completes_a_sign_in(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    application, recovery_codes = await with_totp(identity, person)
    assert len(set(recovery_codes)) == 10
    challenge = await challenge_of(identity, person)
    assert list(challenge.methods) == [
        session_pb2.SECOND_FACTOR_METHOD_TOTP,
        session_pb2.SECOND_FACTOR_METHOD_RECOVERY_CODE,
    ]
    identity.clock.ahead += STEP
    code = application.code()
    signed_in = await complete(identity, challenge, totp_code=f" {code[:3]} {code[3:]} ")
    session = await identity.gateway.GetSession(rpc.GetSessionRequest(token=signed_in.token))
    assert session.account.id == person.account_id
    assert await changes_told(identity, person) == ["totp_added"]


async def test_a_code_works_once_also_that_of_the_enrolment(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    application, _ = await with_totp(identity, person)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, await challenge_of(identity, person), totp_code=application.code())
    identity.clock.ahead += STEP
    await complete(identity, await challenge_of(identity, person), totp_code=application.code())
    for steps in (0, -1):
        with refused(InvalidArgument, "second_factor_invalid"):
            await complete(identity, await challenge_of(identity, person), totp_code=application.code(steps))


async def test_codes_of_other_times_are_none(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    application, _ = await with_totp(identity, person)
    identity.clock.ahead += 10 * STEP
    challenge = await challenge_of(identity, person)
    for steps in (-2, 2):
        with refused(InvalidArgument, "second_factor_invalid"):
            await complete(identity, challenge, totp_code=application.code(steps))
    await complete(identity, challenge, totp_code=application.code(1))


@pytest.mark.parametrize("code", ["", "000000", "12345", "１２３４５６", "\x00", "é" * 6, "1" * 10_000])
async def test_what_is_no_code_is_refused(identity: RunningIdentity, code: str) -> None:
    person = await Person.signed_in(identity)
    _, recovery_codes = await with_totp(identity, person)
    challenge = await challenge_of(identity, person)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, challenge, totp_code=code)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, challenge, recovery_code=code)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, challenge, passkey_assertion=code)
    await complete(identity, challenge, recovery_code=recovery_codes[0])


@pytest.mark.parametrize("method", ["recovery_code", "totp_code"])
async def test_one_code_eight_times_at_once_is_one_session(identity: RunningIdentity, method: str) -> None:
    person = await Person.signed_in(identity)
    application, recovery_codes = await with_totp(identity, person)
    identity.clock.ahead += STEP
    proof = {method: recovery_codes[3] if method == "recovery_code" else application.code()}
    challenges = [await challenge_of(identity, person) for _ in range(8)]
    answers = await asyncio.gather(
        *(complete(identity, one, **proof) for one in challenges), return_exceptions=True
    )
    assert sum(isinstance(one, rpc.CompleteSessionResponse) for one in answers) == 1
    assert sum("second_factor_invalid" in str(one) for one in answers) == 7


async def test_a_challenge_works_once_and_a_key_repeats_its_answer(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    _, recovery_codes = await with_totp(identity, person)
    challenge = await challenge_of(identity, person)
    one, two = recovery_codes[:2]
    first, again = await asyncio.gather(
        *(complete(identity, challenge, key="k", recovery_code=one) for _ in range(2))
    )
    assert first == again
    with refused(Unauthenticated, "challenge_expired"):
        await complete(identity, challenge, recovery_code=two)
    with refused(AlreadyExists, "idempotency_key_reused"):
        await complete(identity, challenge, key="k", recovery_code=two)
    with refused(Unauthenticated, "challenge_expired"):
        await identity.gateway.GetSessionChallenge(rpc.GetSessionChallengeRequest(token=challenge.token))


async def test_a_challenge_lasts_five_minutes_and_is_no_session(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    _, [code, *_] = await with_totp(identity, person)
    challenge = await challenge_of(identity, person)
    with refused(Unauthenticated, "unauthenticated"):
        await identity.gateway.GetSession(rpc.GetSessionRequest(token=challenge.token))
    for forged in ("", "x", person.token, challenge.token[:-4] + "AAAA"):
        with refused(Unauthenticated, "challenge_expired"):
            await complete(identity, session_pb2.SessionChallenge(token=forged), recovery_code=code)
    shown = await identity.gateway.GetSessionChallenge(rpc.GetSessionChallengeRequest(token=challenge.token))
    assert shown.challenge == challenge
    identity.clock.ahead += timedelta(minutes=5)
    with refused(Unauthenticated, "challenge_expired"):
        await complete(identity, challenge, recovery_code=code)


async def test_a_recovery_code_is_typed_as_one_likes_and_is_of_one_account(identity: RunningIdentity) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    _, codes = await with_totp(identity, person)
    await with_totp(identity, stranger)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, await challenge_of(identity, stranger), recovery_code=codes[0])
    typed = codes[0].upper().replace("-", " ")
    await complete(identity, await challenge_of(identity, person), recovery_code=typed)
    with speaking_for(await person.account_token(identity)):
        own = await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())
    assert own.second_factor.recovery_codes_left == 9
    assert await changes_told(identity, person) == ["totp_added", "recovery_code_used"]


async def test_guesses_are_limited_over_replicas_and_right_ones_are_not(identity_settings: Settings) -> None:
    strict = identity_settings.model_copy(update={"limit_second_factor_per_account": Rate.parse("3/h")})
    async with running_identity(strict) as one, running_identity(strict) as replica:
        person = await Person.signed_in(one)
        _, codes = await with_totp(one, person)
        for code in codes[:4]:
            await complete(one, await challenge_of(one, person), recovery_code=code)
        for each in (one, replica, one):
            with refused(InvalidArgument, "second_factor_invalid"):
                await complete(each, await challenge_of(one, person), totp_code="000000")
        for each in (one, replica):
            with refused(ResourceExhausted, "rate_limited"):
                await complete(each, await challenge_of(one, person), recovery_code=codes[5])


async def test_a_new_password_ends_the_challenges_of_the_old_one(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    _, [code, *_] = await with_totp(identity, person)
    challenge = await challenge_of(identity, person)
    reset = rpc.ConfirmPasswordResetRequest(
        token=await identity.reset_token(person.email), password=NEW_PASSWORD
    )
    await identity.gateway.ConfirmPasswordReset(reset)
    with refused(Unauthenticated, "challenge_expired"):
        await complete(identity, challenge, recovery_code=code)
    await complete(identity, await challenge_of(identity, person, password=NEW_PASSWORD), recovery_code=code)


async def test_the_same_key_gives_the_same_challenge(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    await with_totp(identity, person)
    first, again = await asyncio.gather(*(identity.sign_in(person.email, key="k") for _ in range(2)))
    assert first.challenge.token == again.challenge.token != ""


async def test_what_turns_it_on_or_off_wants_the_password(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    await with_totp(identity, person)
    with speaking_for(await person.account_token(identity)):
        for call, request in (
            (identity.gateway.BeginTotp, rpc.BeginTotpRequest(password="faux")),
            (identity.gateway.RemoveTotp, rpc.RemoveTotpRequest(password="faux")),
            (identity.gateway.BeginPasskey, rpc.BeginPasskeyRequest(password="faux")),
            (identity.gateway.RemovePasskey, rpc.RemovePasskeyRequest(password="faux")),
            (identity.gateway.ReplaceRecoveryCodes, rpc.ReplaceRecoveryCodesRequest(password="faux")),
        ):
            with refused(InvalidArgument, "password_wrong"):
                await call(request)  # type: ignore[arg-type]


async def test_taking_the_last_factor_away_turns_it_off_with_its_codes(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    _, codes = await with_totp(identity, person)
    with speaking_for(await person.account_token(identity)):
        await identity.gateway.RemoveTotp(rpc.RemoveTotpRequest(password=PASSWORD))
        with refused(NotFound, "not_found"):
            await identity.gateway.RemoveTotp(rpc.RemoveTotpRequest(password=PASSWORD))
        with refused(FailedPrecondition, "second_factor_off"):
            await identity.gateway.ReplaceRecoveryCodes(rpc.ReplaceRecoveryCodesRequest(password=PASSWORD))
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
    assert (own.HasField("totp_create_time"), own.recovery_codes_left) == (False, 0)
    assert (await identity.sign_in(person.email)).token
    _, fresh = await with_totp(identity, person)
    assert not set(fresh) & set(codes)
    assert await changes_told(identity, person) == ["totp_added", "totp_removed", "totp_added"]


async def test_replaced_recovery_codes_stop_working(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    _, old = await with_totp(identity, person)
    with speaking_for(await person.account_token(identity)):
        replaced = await identity.gateway.ReplaceRecoveryCodes(
            rpc.ReplaceRecoveryCodesRequest(password=PASSWORD)
        )
    challenge = await challenge_of(identity, person)
    with refused(InvalidArgument, "second_factor_invalid"):
        await complete(identity, challenge, recovery_code=old[0])
    await complete(identity, challenge, recovery_code=replaced.recovery_codes[0])


async def test_an_enrolment_waits_ten_minutes_for_its_own_code(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    with speaking_for(await person.account_token(identity)):
        with refused(FailedPrecondition, "enrolment_expired"):
            await identity.gateway.ConfirmTotp(rpc.ConfirmTotpRequest(code="123456"))
        dropped = await identity.gateway.BeginTotp(rpc.BeginTotpRequest(password=PASSWORD))
        begun = await identity.gateway.BeginTotp(rpc.BeginTotpRequest(password=PASSWORD))
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
        assert own.totp_enrolment == begun.enrolment
        with refused(InvalidArgument, "second_factor_invalid"):
            code = Application(identity, dropped.enrolment.secret).code()
            await identity.gateway.ConfirmTotp(rpc.ConfirmTotpRequest(code=code))
        identity.clock.ahead += timedelta(minutes=10)
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
        assert not own.HasField("totp_enrolment")
        with refused(FailedPrecondition, "enrolment_expired"):
            code = Application(identity, begun.enrolment.secret).code()
            await identity.gateway.ConfirmTotp(rpc.ConfirmTotpRequest(code=code))
    assert (await identity.sign_in(person.email)).token


async def test_the_desk_turns_it_off_for_whoever_lost_everything(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    await with_totp(identity, person)
    await with_passkey(identity, person)
    request = rpc.TurnOffSecondFactorRequest(email=person.email.upper())
    with refused(PermissionDenied, "caller_not_allowed"):
        await identity.gateway.TurnOffSecondFactor(request)
    await identity.as_service("cli").TurnOffSecondFactor(request)
    assert (await identity.sign_in(person.email)).token
    with speaking_for(await person.account_token(identity)):
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
    assert (own.HasField("totp_create_time"), len(own.passkeys), own.recovery_codes_left) == (False, 0, 0)
    assert (await changes_told(identity, person))[-1] == "turned_off_by_operator"
    with refused(FailedPrecondition, "second_factor_off"):
        await identity.as_service("cli").TurnOffSecondFactor(request)
    with refused(NotFound, "not_found"):
        await identity.as_service("cli").TurnOffSecondFactor(
            rpc.TurnOffSecondFactorRequest(email="nobody@example.com")
        )
