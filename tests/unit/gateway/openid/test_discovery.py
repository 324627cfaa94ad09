"""What the discovery document says, written out: whoever changes a member says so here too."""

import httpx

from tests.unit.gateway.openid.requests import ISSUER

SIGNED = ["ES256", "RS256"]
PROVEN = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
SAID = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/oauth2/authorize",
    "token_endpoint": f"{ISSUER}/oauth2/token",
    "userinfo_endpoint": f"{ISSUER}/oauth2/userinfo",
    "jwks_uri": f"{ISSUER}/oauth2/jwks",
    "introspection_endpoint": f"{ISSUER}/oauth2/introspect",
    "revocation_endpoint": f"{ISSUER}/oauth2/revoke",
    "end_session_endpoint": f"{ISSUER}/oauth2/logout",
    "scopes_supported": ["openid", "profile", "email", "company", "offline_access"],
    "claims_supported": [
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
        *("name", "locale", "email", "email_verified", "siren", "company_name", "company_role"),
    ],
    "claim_types_supported": ["normal"],
    "subject_types_supported": ["public"],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "prompt_values_supported": ["none", "login", "consent", "select_account"],
    "acr_values_supported": ["https://refeds.org/profile/sfa", "https://refeds.org/profile/mfa"],
    "ui_locales_supported": ["fr", "en"],
    "code_challenge_methods_supported": ["S256"],
    "id_token_signing_alg_values_supported": SIGNED,
    "token_endpoint_auth_methods_supported": [*PROVEN, "none"],
    "token_endpoint_auth_signing_alg_values_supported": SIGNED,
    "introspection_endpoint_auth_methods_supported": PROVEN,
    "introspection_endpoint_auth_signing_alg_values_supported": SIGNED,
    "revocation_endpoint_auth_methods_supported": [*PROVEN, "none"],
    "revocation_endpoint_auth_signing_alg_values_supported": SIGNED,
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "claims_parameter_supported": False,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}


async def test_discovery_says_this_and_no_more(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/openid-configuration")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == SAID


async def test_every_address_that_discovery_names_is_there(http: httpx.AsyncClient) -> None:
    addresses = [str(value) for name, value in SAID.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) == 7
    for address in addresses:
        assert (await http.get(address.removeprefix(ISSUER))).status_code != 404, address
    assert (await http.get("/oauth2/jwks")).headers["content-type"] == "application/jwk-set+json"
