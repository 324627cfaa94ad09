"""Codes and tokens: what they say, how long they work, and how a tool gives them back."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256

import pytest

from guichet.identity.v1 import sign_on_service_pb2 as rpc
from services.platform.errors import NotFound
from services.platform.service_identity import TrustedServices
from tests.integration.identity.acting import Person, with_passkey, with_totp
from tests.integration.identity.running import RunningIdentity, refused
from tests.integration.identity.second_step import challenge_of, complete
from tests.integration.identity.signing_on import (
    ALL,
    CALLBACK,
    CHALLENGE,
    NEVER_GIVEN,
    SIREN,
    Relying,
    client,
    read,
    registered,
    tool,
)


async def test_a_code_gives_tokens_that_say_who_signed_on_for_which_company(
    identity: RunningIdentity,
) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    code = await relying.code(person)
    presented = await relying.presented(relying.id, code=code)
    grant = presented.grant
    assert (grant.client_id, grant.siren, grant.scope, grant.redirect_uri) == (
        relying.id,
        SIREN,
        ALL,
        CALLBACK,
    )
    assert (grant.code_challenge, grant.account.id, list(grant.amr)) == (
        CHALLENGE,
        person.account_id,
        ["pwd"],
    )
    trusted = TrustedServices(identity.parts.settings.keys_directory)
    assert trusted.account_id(presented.account_token) == person.account_id

    issued = await relying.redeem(code)
    token = await read(identity, issued.id_token)
    assert token.header["alg"] == "ES256"
    claims = dict(token.claims)
    assert claims.pop("exp") - claims.pop("iat") == 600
    assert len(claims.pop("at_hash")) == 22
    assert claims == {
        "iss": "http://localhost:8080",
        "sub": person.account_id,
        "aud": relying.id,
        "auth_time": grant.auth_time.seconds,
        "acr": "https://refeds.org/profile/sfa",
        "amr": ["pwd"],
        "sid": grant.sid,
        "nonce": "n-0S6_WzA2Mj",
        "name": "Camille Durand",
        "locale": "fr",
        "email": person.email,
        "email_verified": True,
        "siren": SIREN,
        "company_name": "Ateliers Morel",
        "company_role": "member",
    }
    assert issued.scope == ALL
    seen = await relying.grant(access_token=issued.access_token)
    assert (seen.id, seen.scope) == (grant.id, ALL)
    assert seen.expire_time == issued.access_expire_time


async def test_an_access_token_is_bound_to_its_id_token(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    issued = await relying.signed_on(await Person.signed_in(identity))
    half = sha256(issued.access_token.encode()).digest()[:16]
    claims = (await read(identity, issued.id_token)).claims
    assert claims["at_hash"] == urlsafe_b64encode(half).decode().rstrip("=")


async def test_a_tool_gets_the_signature_it_understands(identity: RunningIdentity) -> None:
    relying = await registered(identity, tool(client=client(id_token_signed_response_alg="RS256")))
    issued = await relying.signed_on(await Person.signed_in(identity))
    assert (await read(identity, issued.id_token, "RS256")).claims["aud"] == relying.id


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("openid", set()),
        ("openid profile", {"name", "locale"}),
        ("openid email", {"email", "email_verified"}),
        ("openid company", {"siren", "company_name", "company_role"}),
    ],
)
async def test_a_tool_is_told_what_its_scope_holds(
    identity: RunningIdentity, scope: str, told: set[str]
) -> None:
    relying = await registered(identity)
    issued = await relying.signed_on(await Person.signed_in(identity), scope=scope)
    claims = set((await read(identity, issued.id_token)).claims)
    always = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"}
    assert claims - always == told
    assert (issued.scope, issued.refresh_token) == (scope, "")


async def test_a_client_gets_no_more_than_it_is_registered_for(identity: RunningIdentity) -> None:
    narrow = tool(client=client(scopes=["openid", "email"], refreshes=False))
    issued = await (await registered(identity, narrow)).signed_on(await Person.signed_in(identity))
    assert (issued.scope, issued.refresh_token) == ("openid email", "")
    without = await registered(identity, tool(client=client(refreshes=False)))
    assert (await without.signed_on(await Person.signed_in(identity))).refresh_token == ""


async def test_the_second_factor_shows_in_what_a_tool_is_told(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    by_code, by_passkey, by_recovery = [await Person.signed_in(identity) for _ in range(3)]
    application, _ = await with_totp(identity, by_code)
    authenticator = await with_passkey(identity, by_passkey)
    _, recovery_codes = await with_totp(identity, by_recovery)
    asked = await challenge_of(identity, by_passkey)
    sessions = {
        "otp": await complete(identity, await challenge_of(identity, by_code), totp_code=application.code(1)),
        "hwk": await complete(
            identity, asked, passkey_assertion=authenticator.asserted(asked.passkey_options)
        ),
        "recovery": await complete(
            identity, await challenge_of(identity, by_recovery), recovery_code=recovery_codes[0]
        ),
    }
    told = {}
    for name, session in sessions.items():
        person = Person(session.account.email, session.account.id, session.token)
        claims = (await read(identity, (await relying.signed_on(person)).id_token)).claims
        assert claims["acr"] == "https://refeds.org/profile/mfa"
        told[name] = claims["amr"]
    assert told == {
        "otp": ["pwd", "otp", "mfa"],
        "hwk": ["pwd", "hwk", "mfa"],
        "recovery": ["pwd", "otp", "mfa"],
    }


async def test_refreshing_rotates_both_tokens_and_repeats_no_nonce(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    first = await relying.signed_on(await Person.signed_in(identity))
    identity.clock.ahead = timedelta(minutes=5)
    second = await relying.refresh(first.refresh_token)
    assert {first.access_token, first.refresh_token}.isdisjoint({second.access_token, second.refresh_token})
    before, after = [dict((await read(identity, one.id_token)).claims) for one in (first, second)]
    assert "nonce" not in after
    for name in ("iss", "sub", "aud", "sid", "auth_time", "amr", "siren"):
        assert after[name] == before[name]
    assert after["iat"] - before["iat"] >= 300
    # The access token of before lasts until its own end.
    assert await relying.grant(access_token=first.access_token)


async def test_a_narrower_scope_is_for_the_access_token_alone(identity: RunningIdentity) -> None:
    relying = await registered(identity)
    first = await relying.signed_on(await Person.signed_in(identity))
    narrow = await relying.refresh(first.refresh_token, "openid email")
    assert narrow.scope == "openid email"
    assert (await relying.grant(access_token=narrow.access_token)).scope == "openid email"
    assert "siren" not in (await read(identity, narrow.id_token)).claims
    assert (await relying.refresh(narrow.refresh_token)).scope == ALL


async def test_tokens_end_by_themselves_and_never_outlive_the_session(identity: RunningIdentity) -> None:
    person, relying = await Person.signed_in(identity), await registered(identity)
    issued = await relying.signed_on(person)
    identity.clock.ahead = timedelta(minutes=10, seconds=1)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=issued.access_token)
    identity.clock.ahead = timedelta(hours=11, minutes=55)
    last = await relying.refresh(issued.refresh_token)
    grant = await relying.grant(access_token=last.access_token)
    assert grant.expire_time.seconds - grant.issue_time.seconds < 301
    identity.clock.ahead = timedelta(hours=12, seconds=1)
    for proof in ({"access_token": last.access_token}, {"refresh_token": last.refresh_token}):
        with refused(NotFound, "not_found"):
            await relying.grant(relying.id, **proof)


async def test_a_refresh_token_waits_for_its_use_for_a_while_only(
    identity: RunningIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity.parts.settings, "refresh_token_life", timedelta(hours=1))
    relying = await registered(identity)
    issued = await relying.signed_on(await Person.signed_in(identity))
    identity.clock.ahead = timedelta(minutes=59)
    again = await relying.refresh(issued.refresh_token)
    identity.clock.ahead = timedelta(hours=2)
    with refused(NotFound, "not_found"):
        await relying.refresh(again.refresh_token)


async def test_revoking_an_access_token_leaves_the_rest(identity: RunningIdentity) -> None:
    relying, other = await registered(identity), await registered(identity)
    issued = await relying.signed_on(await Person.signed_in(identity))
    await revoke(other, issued.access_token)
    assert await relying.grant(access_token=issued.access_token)
    await revoke(relying, issued.access_token)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=issued.access_token)
    assert (await relying.refresh(issued.refresh_token)).access_token


async def test_revoking_a_refresh_token_ends_its_grant(identity: RunningIdentity) -> None:
    relying, other = await registered(identity), await registered(identity)
    issued = await relying.signed_on(await Person.signed_in(identity))
    await revoke(other, issued.refresh_token)
    again = await relying.refresh(issued.refresh_token)
    # The newest one or one of before: either is the tool's word that it is done.
    await revoke(relying, issued.refresh_token)
    await revoke(relying, issued.refresh_token)
    with refused(NotFound, "not_found"):
        await relying.grant(access_token=again.access_token)
    for never_given in NEVER_GIVEN:
        await revoke(relying, never_given)


async def revoke(relying: Relying, token: str) -> None:
    await relying.identity.sign_on().RevokeToken(rpc.RevokeTokenRequest(token=token, client_id=relying.id))
