"""What is sent twice, or from another session: recovery codes are not lost, nor shown to anybody else."""

import asyncio
from datetime import UTC, timedelta

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.identity.domain.recovery_codes import SHOWN_FOR
from services.platform.errors import AlreadyExists, FailedPrecondition, Unauthenticated
from tests.integration.identity.acting import Application, Authenticator, Person, speaking_for
from tests.integration.identity.running import PASSWORD, RunningIdentity, refused
from tests.integration.identity.second_step import challenge_of, changes_told, complete

NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def second_session(identity: RunningIdentity, person: Person) -> str:
    return (await identity.sign_in(person.email)).token


async def codes_seen(identity: RunningIdentity, token: str) -> list[str]:
    return list(
        (await identity.gateway.GetRecoveryCodes(rpc.GetRecoveryCodesRequest(token=token))).recovery_codes
    )


async def begun_totp(identity: RunningIdentity, token: str) -> Application:
    begun = await identity.gateway.BeginTotp(rpc.BeginTotpRequest(password=PASSWORD, token=token))
    return Application(identity, begun.enrolment.secret)


async def test_the_first_code_sent_twice_at_once_gives_the_same_recovery_codes(
    identity: RunningIdentity,
) -> None:
    person = await Person.signed_in(identity)
    with speaking_for(await person.account_token(identity)):
        application = await begun_totp(identity, person.token)
        request = rpc.ConfirmTotpRequest(code=application.code(), token=person.token, idempotency_key="k")
        one, two = await asyncio.gather(*(identity.gateway.ConfirmTotp(request) for _ in range(2)))
        assert len(one.recovery_codes) == 10
        assert one == two
        assert await codes_seen(identity, person.token) == one.recovery_codes
        with refused(AlreadyExists, "idempotency_key_reused"):
            await identity.gateway.ConfirmTotp(
                rpc.ConfirmTotpRequest(code="000000", token=person.token, idempotency_key="k")
            )
    assert await changes_told(identity, person) == ["totp_added"]


async def test_a_forgotten_sheet_is_shown_to_nobody_and_its_codes_go_on_working(
    identity: RunningIdentity,
) -> None:
    person = await Person.signed_in(identity)
    other = await second_session(identity, person)
    with speaking_for(await person.account_token(identity)):
        application = await begun_totp(identity, person.token)
        request = rpc.ConfirmTotpRequest(code=application.code(), token=person.token, idempotency_key="k")
        codes = (await identity.gateway.ConfirmTotp(request)).recovery_codes
        seen = await identity.gateway.GetRecoveryCodes(rpc.GetRecoveryCodesRequest(token=person.token))
        left = seen.expire_time.ToDatetime(UTC) - identity.clock()
        assert timedelta(minutes=9) < left <= SHOWN_FOR
        # Another session sees none, and has none forgotten.
        await identity.gateway.ForgetRecoverySheet(rpc.ForgetRecoverySheetRequest(token=other))
        assert await codes_seen(identity, person.token) == codes
        for _ in range(2):
            await identity.gateway.ForgetRecoverySheet(rpc.ForgetRecoverySheetRequest(token=person.token))
            assert await codes_seen(identity, person.token) == []
        # Nor does the call that gave them tell them once more.
        assert (await identity.gateway.ConfirmTotp(request)).recovery_codes == []
    challenge = await challenge_of(identity, person)
    assert (await complete(identity, challenge, recovery_code=codes[0])).token


async def test_a_passkey_sent_twice_is_one_with_the_same_recovery_codes(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    with speaking_for(await person.account_token(identity)):
        begun = await identity.gateway.BeginPasskey(
            rpc.BeginPasskeyRequest(password=PASSWORD, token=person.token)
        )
        request = rpc.ConfirmPasskeyRequest(
            name="Clé",
            credential=Authenticator().created(begun.enrolment.options),
            token=person.token,
            idempotency_key="k",
        )
        one, two = [await identity.gateway.ConfirmPasskey(request) for _ in range(2)]
    assert len(one.recovery_codes) == 10
    assert one == two
    assert await changes_told(identity, person) == ["passkey_added"]


async def test_replaced_twice_by_one_form_is_once_and_the_codes_are_seen_again_for_ten_minutes(
    identity: RunningIdentity,
) -> None:
    person = await Person.signed_in(identity)
    other = await second_session(identity, person)
    with speaking_for(await person.account_token(identity)):
        application = await begun_totp(identity, person.token)
        await identity.gateway.ConfirmTotp(
            rpc.ConfirmTotpRequest(code=application.code(), token=person.token)
        )
        request = rpc.ReplaceRecoveryCodesRequest(password=PASSWORD, token=person.token, idempotency_key="r")
        one, two = [await identity.gateway.ReplaceRecoveryCodes(request) for _ in range(2)]
        assert one == two
        assert await codes_seen(identity, person.token) == one.recovery_codes
        assert await codes_seen(identity, other) == []
        assert await codes_seen(identity, "") == []
        with refused(Unauthenticated, "unauthenticated"):
            await codes_seen(identity, "forged")
    assert await changes_told(identity, person) == ["totp_added", "recovery_codes_replaced"]
    identity.clock.ahead += timedelta(minutes=10)
    with speaking_for(await person.account_token(identity)):
        assert await codes_seen(identity, person.token) == []


async def test_removing_the_last_second_factor_ends_the_sight_of_its_codes(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    with speaking_for(await person.account_token(identity)):
        application = await begun_totp(identity, person.token)
        await identity.gateway.ConfirmTotp(
            rpc.ConfirmTotpRequest(code=application.code(), token=person.token)
        )
        await identity.gateway.RemoveTotp(rpc.RemoveTotpRequest(password=PASSWORD))
        assert await codes_seen(identity, person.token) == []


async def test_what_one_session_begins_no_other_sees_or_ends(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    other = await second_session(identity, person)
    with speaking_for(await person.account_token(identity)):
        application = await begun_totp(identity, person.token)
        passkey = await identity.gateway.BeginPasskey(
            rpc.BeginPasskeyRequest(password=PASSWORD, token=person.token)
        )
        credential = Authenticator().created(passkey.enrolment.options)
        for token in (other, ""):
            seen = await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest(token=token))
            assert not seen.second_factor.HasField("totp_enrolment")
            assert not seen.second_factor.HasField("passkey_enrolment")
            with refused(FailedPrecondition, "enrolment_expired"):
                await identity.gateway.ConfirmTotp(
                    rpc.ConfirmTotpRequest(code=application.code(), token=token)
                )
            with refused(FailedPrecondition, "enrolment_expired"):
                await identity.gateway.ConfirmPasskey(
                    rpc.ConfirmPasskeyRequest(name="Clé", credential=credential, token=token)
                )
        own = await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest(token=person.token))
        assert own.second_factor.HasField("totp_enrolment")
        await identity.gateway.ConfirmTotp(
            rpc.ConfirmTotpRequest(code=application.code(), token=person.token)
        )


async def test_a_password_form_sent_twice_keeps_its_session(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    change = rpc.ChangePasswordRequest(
        token=person.token, current_password=PASSWORD, new_password=NEW_PASSWORD, idempotency_key="k"
    )
    at_once = await asyncio.gather(*(identity.gateway.ChangePassword(change) for _ in range(2)))
    later = await identity.gateway.ChangePassword(change)
    assert {one.token for one in at_once} == {later.token}
    session = await identity.gateway.GetSession(rpc.GetSessionRequest(token=later.token))
    assert session.account.id == person.account_id


async def test_a_repeat_needs_the_key_and_the_passwords_of_the_first(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    change = rpc.ChangePasswordRequest(
        token=person.token, current_password=PASSWORD, new_password=NEW_PASSWORD, idempotency_key="k"
    )
    token = (await identity.gateway.ChangePassword(change)).token
    for key in ("", "another"):
        with refused(Unauthenticated, "session_expired"):
            await identity.gateway.ChangePassword(
                rpc.ChangePasswordRequest(
                    token=person.token,
                    current_password=PASSWORD,
                    new_password=NEW_PASSWORD,
                    idempotency_key=key,
                )
            )
    with refused(AlreadyExists, "idempotency_key_reused"):
        await identity.gateway.ChangePassword(
            rpc.ChangePasswordRequest(
                token=person.token,
                current_password="faux",
                new_password=NEW_PASSWORD,
                idempotency_key="k",
            )
        )
    await identity.gateway.DeleteSession(rpc.DeleteSessionRequest(token=token))
    with refused(Unauthenticated, "session_expired"):
        await identity.gateway.ChangePassword(change)
