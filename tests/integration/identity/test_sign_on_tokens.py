"""Codes and tokens: what they say, and how often they work."""

from services.platform.service_identity import TrustedServices
from tests.integration.identity.acting import Person
from tests.integration.identity.running import RunningIdentity
from tests.integration.identity.signing_on import (
    ALL,
    CALLBACK,
    CHALLENGE,
    SIREN,
    read,
    registered,
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
