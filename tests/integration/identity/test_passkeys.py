"""Passkeys: what they complete, and what is refused."""

from datetime import timedelta

from guichet.identity.v1 import identity_service_pb2 as rpc
from services.platform.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from tests.integration.identity.acting import (
    Authenticator,
    Person,
    speaking_for,
    with_passkey,
)
from tests.integration.identity.running import PASSWORD, RunningIdentity, refused
from tests.integration.identity.second_step import challenge_of, changes_told, complete

STEP = timedelta(seconds=30)
NEW_PASSWORD = "girafe-ordinaire-7-parapluie"


async def test_a_passkey_completes_a_sign_in(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    authenticator = await with_passkey(identity, person)
    for _ in range(2):
        challenge = await challenge_of(identity, person)
        assertion = authenticator.asserted(challenge.passkey_options)
        assert (await complete(identity, challenge, passkey_assertion=assertion)).token
    with speaking_for(await person.account_token(identity)):
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
    [passkey] = own.passkeys
    assert (passkey.name, passkey.HasField("last_used_time")) == ("Ordinateur", True)
    assert own.recovery_codes_left == 10


async def test_a_passkey_that_did_not_sign_this_challenge_here_is_refused(identity: RunningIdentity) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    own, strangers = await with_passkey(identity, person), await with_passkey(identity, stranger)
    challenge = await challenge_of(identity, person)
    other_challenge = (await challenge_of(identity, person)).passkey_options
    forger = Authenticator(credential_id=own.credential_id, sign_count=100)
    counted = own.asserted(challenge.passkey_options)

    def elsewhere(**changed: str) -> str:
        one = Authenticator(credential_id=own.credential_id, sign_count=own.sign_count, **changed)
        one.key = own.key
        return one.asserted(challenge.passkey_options)

    for assertion in (
        strangers.asserted(challenge.passkey_options),
        forger.asserted(challenge.passkey_options),
        own.asserted(other_challenge),
        elsewhere(origin="https://localhost.evil.example"),
        elsewhere(rp_id="evil.example"),
        "{}",
    ):
        with refused(InvalidArgument, "second_factor_invalid"):
            await complete(identity, challenge, passkey_assertion=assertion)
    await complete(identity, challenge, passkey_assertion=counted)


async def test_a_copied_passkey_is_told_by_its_counter(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    authenticator = await with_passkey(identity, person)
    challenge = await challenge_of(identity, person)
    await complete(identity, challenge, passkey_assertion=authenticator.asserted(challenge.passkey_options))
    authenticator.sign_count = 0
    challenge = await challenge_of(identity, person)
    with refused(InvalidArgument, "second_factor_invalid"):
        assertion = authenticator.asserted(challenge.passkey_options)
        await complete(identity, challenge, passkey_assertion=assertion)


async def test_a_passkey_is_created_for_this_account_here_and_once(identity: RunningIdentity) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    known = await with_passkey(identity, stranger)
    with speaking_for(await person.account_token(identity)):
        begun = await identity.gateway.BeginPasskey(rpc.BeginPasskeyRequest(password=PASSWORD))
        options = begun.enrolment.options
        for credential in (
            Authenticator(origin="https://evil.example").created(options),
            Authenticator(rp_id="evil.example").created(options),
            Authenticator().created('{"challenge": "AAAA"}'),
            "{}",
            "[" * 100_000,
        ):
            with refused(InvalidArgument, "passkey_invalid"):
                await identity.gateway.ConfirmPasskey(
                    rpc.ConfirmPasskeyRequest(name="Clé", credential=credential)
                )
        with refused(AlreadyExists, "passkey_known"):
            await identity.gateway.ConfirmPasskey(
                rpc.ConfirmPasskeyRequest(name="Clé", credential=known.created(options))
            )
        with refused(InvalidArgument, "name_empty"):
            await identity.gateway.ConfirmPasskey(rpc.ConfirmPasskeyRequest(name=" ", credential="{}"))
        credential = Authenticator().created(options)
        await identity.gateway.ConfirmPasskey(rpc.ConfirmPasskeyRequest(name="Clé", credential=credential))
        with refused(FailedPrecondition, "enrolment_expired"):
            await identity.gateway.ConfirmPasskey(
                rpc.ConfirmPasskeyRequest(name="Clé", credential=Authenticator().created(options))
            )


async def test_passkeys_are_renamed_and_removed_by_their_owner_alone(identity: RunningIdentity) -> None:
    person, stranger = await Person.signed_in(identity), await Person.signed_in(identity)
    await with_passkey(identity, person)
    with speaking_for(await person.account_token(identity)):
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
        [passkey] = own.passkeys
    rename = rpc.RenamePasskeyRequest(passkey_id=passkey.id, name="Téléphone")
    remove = rpc.RemovePasskeyRequest(passkey_id=passkey.id, password=PASSWORD)
    with speaking_for(await stranger.account_token(identity)):
        with refused(NotFound, "not_found"):
            await identity.gateway.RenamePasskey(rename)
        with refused(NotFound, "not_found"):
            await identity.gateway.RemovePasskey(remove)
    with speaking_for(await person.account_token(identity)):
        assert (await identity.gateway.RenamePasskey(rename)).passkey.name == "Téléphone"
        await identity.gateway.RemovePasskey(remove)
        own = (await identity.gateway.GetSecondFactor(rpc.GetSecondFactorRequest())).second_factor
    assert (len(own.passkeys), own.recovery_codes_left) == (0, 0)
    assert (await identity.sign_in(person.email)).token
    assert await changes_told(identity, person) == ["passkey_added", "passkey_removed"]


async def test_ten_passkeys_are_enough(identity: RunningIdentity) -> None:
    person = await Person.signed_in(identity)
    for number in range(10):
        await with_passkey(identity, person, name=f"Clé {number}")
    with speaking_for(await person.account_token(identity)), refused(FailedPrecondition, "too_many_passkeys"):
        await identity.gateway.BeginPasskey(rpc.BeginPasskeyRequest(password=PASSWORD))
