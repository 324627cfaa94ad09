"""The discovery document. Source: OpenID Connect Discovery 1.0, 3, and RFC 8414."""

from typing import Any

from services.gateway.languages import LANGUAGES
from services.gateway.openid import addresses
from services.gateway.openid.clients import METHODS, SIGNATURES

SCOPES = ("openid", "profile", "email", "company", "offline_access")
PROMPTS = ("none", "login", "consent", "select_account")
CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
    *("name", "locale", "email", "email_verified", "siren", "company_name", "company_role"),
)
AUTHENTICATION_LEVELS = ("https://refeds.org/profile/sfa", "https://refeds.org/profile/mfa")
CONFIDENTIAL = [method for method in METHODS if method != "none"]


def discovery_document(issuer: str) -> dict[str, Any]:
    """Returns what tools read first."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}{addresses.AUTHORIZE_PATH}",
        "token_endpoint": f"{issuer}{addresses.TOKEN_PATH}",
        "userinfo_endpoint": f"{issuer}{addresses.USERINFO_PATH}",
        "jwks_uri": f"{issuer}{addresses.JWKS_PATH}",
        "introspection_endpoint": f"{issuer}{addresses.INTROSPECT_PATH}",
        "revocation_endpoint": f"{issuer}{addresses.REVOKE_PATH}",
        "end_session_endpoint": f"{issuer}{addresses.LOGOUT_PATH}",
        "scopes_supported": SCOPES,
        "claims_supported": CLAIMS,
        "claim_types_supported": ["normal"],
        "subject_types_supported": ["public"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "prompt_values_supported": PROMPTS,
        "acr_values_supported": AUTHENTICATION_LEVELS,
        "ui_locales_supported": LANGUAGES,
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": SIGNATURES,
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
        "introspection_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": SIGNATURES,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
