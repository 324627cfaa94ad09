"""Keys that tokens are signed with: which are published, which one signs, and who can read them."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from sqlalchemy import delete, select

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.identity.operations.tend_keys import tend_keys
from services.identity.settings import Settings
from services.identity.storage.sign_on_tables import signing_keys
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity, running_identity
from tests.integration.identity.signing_on import read, registered

DAY = timedelta(days=1)


async def published(identity: RunningIdentity) -> list[dict[str, Any]]:
    answer = await identity.sign_on().GetSigningKeys(rpc.GetSigningKeysRequest())
    keys: list[dict[str, Any]] = json.loads(answer.jwks)["keys"]
    return keys


async def published_ids(identity: RunningIdentity) -> set[str]:
    return {key["kid"] for key in await published(identity)}


def signed_with(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


@asynccontextmanager
async def fresh(settings: Settings) -> AsyncIterator[RunningIdentity]:
    """Runs an identity service whose keys are of this moment, and makes new ones for the others after."""
    async with running_identity(settings) as identity:
        await forget_keys(identity)
        await tend_keys(identity.parts)
        yield identity
        identity.clock.ahead = timedelta()
        await forget_keys(identity)
        await tend_keys(identity.parts)


async def forget_keys(identity: RunningIdentity) -> None:
    async with identity.parts.database.engine.begin() as connection:
        await connection.execute(delete(signing_keys))


@pytest.fixture
async def keyed(identity_settings: Settings) -> AsyncIterator[RunningIdentity]:
    async with fresh(identity_settings) as identity:
        yield identity


async def test_a_first_start_has_keys_and_replicas_that_start_at_once_make_them_once(
    identity_settings: Settings, keyed: RunningIdentity
) -> None:
    await forget_keys(keyed)
    async with running_identity(identity_settings) as replica:
        await asyncio.gather(*(tend_keys(one.parts) for one in (keyed, replica) for _ in range(3)))
        keys = await published(replica)
    assert sorted((key["alg"], key["kty"], key["use"]) for key in keys) == [
        ("ES256", "EC", "sig"),
        ("RS256", "RSA", "sig"),
    ]
    for key in keys:
        assert set(key) <= {"alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"}
    issued = await (await registered(keyed)).signed_on(await Person.signed_in(keyed))
    assert signed_with(issued.id_token) in {key["kid"] for key in keys}


async def test_keys_change_by_themselves_each_month_and_every_token_can_be_verified_all_the_while(
    keyed: RunningIdentity,
) -> None:
    first = await published_ids(keyed)
    signing = set()
    seen_ahead = set(first)
    for days in (0, 28, 29, 29.5, 30, 30.5, 59, 60):
        keyed.clock.ahead = days * DAY
        await tend_keys(keyed.parts)
        person, relying = await Person.signed_in(keyed), await registered(keyed)
        issued = await relying.signed_on(person)
        kid = signed_with(issued.id_token)
        assert kid in seen_ahead
        await read(keyed, issued.id_token)
        signing.add((int(days) // 30, kid))
        seen_ahead |= await published_ids(keyed)
    assert [month for month, _ in sorted(signing)] == [0, 1, 2]
    assert first.isdisjoint(await published_ids(keyed))


async def test_the_next_key_is_published_a_day_before_it_signs(keyed: RunningIdentity) -> None:
    first = await published_ids(keyed)
    keyed.clock.ahead = 29 * DAY - timedelta(minutes=1)
    await tend_keys(keyed.parts)
    assert await published_ids(keyed) == first
    keyed.clock.ahead = 29 * DAY
    await tend_keys(keyed.parts)
    both = await published_ids(keyed)
    assert (len(both), first < both) == (4, True)
    relying = await registered(keyed)
    keyed.clock.ahead = 30 * DAY - timedelta(minutes=1)
    person = await Person.signed_in(keyed)
    old = await relying.signed_on(person)
    assert signed_with(old.id_token) in first
    keyed.clock.ahead = 30 * DAY + timedelta(minutes=1)
    new = await relying.signed_on(person)
    assert signed_with(new.id_token) in both - first
    # The last token of the old key lasts for ten minutes, and clocks differ.
    keyed.clock.ahead = 30 * DAY + timedelta(minutes=14)
    await tend_keys(keyed.parts)
    assert await published_ids(keyed) == both
    keyed.clock.ahead = 30 * DAY + timedelta(minutes=16)
    assert await published_ids(keyed) == both - first
    await tend_keys(keyed.parts)
    async with keyed.parts.database.reader.connect() as connection:
        stored = set((await connection.execute(select(signing_keys.c.id))).scalars())
    assert stored == both - first


async def test_a_service_that_was_away_past_the_change_gives_everybody_time_to_read(
    keyed: RunningIdentity,
) -> None:
    first = await published_ids(keyed)
    keyed.clock.ahead = 45 * DAY
    await tend_keys(keyed.parts)
    relying, person = await registered(keyed), await Person.signed_in(keyed)
    assert signed_with((await relying.signed_on(person)).id_token) in first
    keyed.clock.ahead = 46 * DAY + timedelta(minutes=1)
    person = await Person.signed_in(keyed)
    assert signed_with((await relying.signed_on(person)).id_token) not in first


async def test_keys_are_changed_before_their_time_when_operators_say_so(
    identity_settings: Settings, keyed: RunningIdentity
) -> None:
    first = await published_ids(keyed)
    async with running_identity(identity_settings) as replica:
        starts = await asyncio.gather(*(rotated(one) for one in (keyed, replica) * 3))
        assert len(set(starts)) == 1
        assert timedelta(hours=23) < starts[0] - keyed.clock() <= DAY
        both = await published_ids(replica)
        assert len(both) == 4
        relying = await registered(keyed)
        assert signed_with((await relying.signed_on(await Person.signed_in(keyed))).id_token) in first
        for one in (keyed, replica):
            one.clock.ahead = DAY
            person = await Person.signed_in(one)
            relying.identity = one
            assert signed_with((await relying.signed_on(person)).id_token) in both - first
    keyed.clock.ahead = 3 * DAY
    await tend_keys(keyed.parts)
    assert await published_ids(keyed) == both - first


async def test_keys_that_others_may_know_are_gone_at_once_from_every_replica(
    identity_settings: Settings, keyed: RunningIdentity
) -> None:
    relying, person = await registered(keyed), await Person.signed_in(keyed)
    async with running_identity(identity_settings) as replica:
        issued = await relying.signed_on(person)
        stolen = issued.id_token
        await rotated(keyed)
        before = await published_ids(keyed)
        assert len(before) == 4
        # Its clock is behind: it signs with the new keys all the same.
        replica.clock.ahead = -timedelta(minutes=2)
        assert await rotated(keyed, at_once=True) < replica.clock()
        for one in (keyed, replica):
            now = await published_ids(one)
            assert (len(now), now & before) == (2, set())
            relying.identity = one
            refreshed = await relying.refresh(issued.refresh_token)
            assert signed_with(refreshed.id_token) in now
            await read(one, refreshed.id_token)
            with pytest.raises(JoseError):
                await read(one, stolen)
            issued = refreshed
        # Access tokens are not signed.
        assert await relying.grant(access_token=issued.access_token)
    await tend_keys(keyed.parts)
    async with keyed.parts.database.reader.connect() as connection:
        stored = set((await connection.execute(select(signing_keys.c.id))).scalars())
    assert stored == now


async def rotated(identity: RunningIdentity, *, at_once: bool = False) -> datetime:
    request = rpc.RotateSigningKeysRequest(at_once=at_once)
    answer = await identity.sign_on("cli").RotateSigningKeys(request)
    return answer.start_time.ToDatetime(UTC)


async def test_no_private_part_is_stored_in_the_clear(keyed: RunningIdentity) -> None:
    async with keyed.parts.database.reader.connect() as connection:
        rows = (await connection.execute(select(signing_keys.c.private_jwk, signing_keys.c.public_jwk))).all()
    for row in rows:
        assert row.private_jwk.startswith("ey")
        assert row.private_jwk.count(".") == 4
        header = urlsafe_b64decode(row.private_jwk.split(".")[0] + "==")
        assert json.loads(header) == {"alg": "dir", "enc": "A256GCM"}
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(json.loads(row.public_jwk))
