"""What clients prove themselves with: secrets and assertions."""

import asyncio
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.settings import Settings
from services.platform.errors import (
    FailedPrecondition,
    NotFound,
    ResourceExhausted,
)
from services.platform.rate_limits import Rate
from services.platform.rpc_context import Acting, acting
from tests.integration.identity.running import RunningIdentity, refused, running_identity
from tests.integration.identity.signing_on import Relying, client, registered, tool


async def secret_fits(relying: Relying, secret: str) -> bool:
    request = rpc.CheckClientSecretRequest(client_id=relying.id, client_secret=secret)
    return (await relying.identity.sign_on().CheckClientSecret(request)).valid


async def test_a_secret_fits_its_own_client_only(identity: RunningIdentity) -> None:
    relying, other = await registered(identity), await registered(identity)
    assert await secret_fits(relying, relying.secret)
    for wrong in (other.secret, relying.secret[:-1], "", "é", "\x00"):
        assert not await secret_fits(relying, wrong)
    public = await registered(identity, tool(client=client(token_endpoint_auth_method="none")))
    assert public.secret == ""
    assert not await secret_fits(public, "")


async def test_a_new_secret_works_beside_the_one_before_for_a_while(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    cli = identity.sign_on("cli")
    second = await cli.RotateClientSecret(rpc.RotateClientSecretRequest(id=relying.id))
    assert [await secret_fits(relying, one) for one in (relying.secret, second.client_secret)] == [True, True]
    third = await cli.RotateClientSecret(rpc.RotateClientSecretRequest(id=relying.id))
    secrets = (relying.secret, second.client_secret, third.client_secret)
    assert [await secret_fits(relying, one) for one in secrets] == [False, True, True]
    until = third.previous_expire_time.ToDatetime(UTC)
    assert timedelta(hours=23) < until - identity.clock() <= timedelta(days=1)
    identity.clock.ahead = timedelta(days=1, seconds=1)
    assert [await secret_fits(relying, one) for one in secrets] == [False, False, True]
    fourth = await cli.RotateClientSecret(rpc.RotateClientSecretRequest(id=relying.id, at_once=True))
    assert not fourth.HasField("previous_expire_time")
    assert [await secret_fits(relying, one) for one in (third.client_secret, fourth.client_secret)] == [
        False,
        True,
    ]


async def test_a_secret_of_a_disabled_tool_does_not_fit(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    for disabled in (True, False):
        request = rpc.SetToolDisabledRequest(id=relying.id, disabled=disabled)
        await identity.sign_on("cli").SetToolDisabled(request)
        assert await secret_fits(relying, relying.secret) is not disabled


async def test_only_a_confidential_client_has_a_secret_to_rotate(identity: RunningIdentity) -> None:
    cli = identity.sign_on("cli")
    for one in (tool(client=client(token_endpoint_auth_method="none")), tool(client=None)):
        await registered(identity, one)
        with refused(FailedPrecondition, "client_has_no_secret"):
            await cli.RotateClientSecret(rpc.RotateClientSecretRequest(id=one.id))
    with refused(NotFound, "not_found"):
        await cli.RotateClientSecret(rpc.RotateClientSecretRequest(id="inconnu"))


async def test_a_client_that_becomes_confidential_again_gets_a_new_secret(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    public = tool(relying.id, client=client(token_endpoint_auth_method="none"))
    assert (await registered(identity, public)).secret == ""
    assert not await secret_fits(relying, relying.secret)
    again = await registered(identity, tool(relying.id))
    assert again.secret not in ("", relying.secret)
    assert await secret_fits(relying, again.secret)


async def test_guessing_a_secret_is_limited_over_all_replicas(identity_settings: Settings) -> None:
    rate = Rate.parse("3/h")
    strict = identity_settings.model_copy(update={"limit_client_secret_per_tool_and_client": rate})
    async with running_identity(strict) as identity, running_identity(strict) as replica:
        relying, other = await registered(identity), await registered(identity)
        elsewhere = Relying(replica, relying.tool, relying.secret)
        for one in (relying, elsewhere, relying):
            assert not await secret_fits(one, "faux")
        for one, secret in ((relying, "faux"), (elsewhere, relying.secret)):
            with refused(ResourceExhausted, "rate_limited", retry_within=timedelta(hours=1)):
                await secret_fits(one, secret)
        assert await secret_fits(other, other.secret)
        acting.set(Acting(client_address="192.0.2.77"))
        for _ in range(5):
            assert await secret_fits(relying, relying.secret)


async def test_an_assertion_is_used_once(identity: RunningIdentity) -> None:
    relying, other = await registered(identity), await registered(identity)

    async def use(
        one: Relying, jti: str, life: timedelta = timedelta(minutes=5), client_id: str = ""
    ) -> bool:
        expire_time = Timestamp()
        expire_time.FromDatetime(datetime.now(UTC) + life)
        request = rpc.UseClientAssertionRequest(
            client_id=client_id or one.id, jti=jti, expire_time=expire_time
        )
        return (await identity.sign_on().UseClientAssertion(request)).first_use

    jti = f"\x00{'j' * 5000}"
    assert sorted(await asyncio.gather(*(use(relying, jti) for _ in range(8)))) == [False] * 7 + [True]
    assert await use(relying, "another")
    assert await use(other, jti)
    assert await use(other, "an hour", timedelta(hours=1))
    assert not await use(relying, "too long", timedelta(hours=1, minutes=6))
    assert not await use(relying, "nobody", client_id="inconnu")
