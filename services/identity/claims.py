"""What tokens for tools say."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.identity.domain.account import Account
from services.identity.domain.grant import Grant
from services.identity.domain.tokens import new_id

LOGOUT_TOKEN_LIFE = timedelta(minutes=2)
LOGOUT_TOKEN_TYPE = "logout+jwt"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class CompanyClaims:
    """A company as the company service knows it, and the account's role there."""

    siren: str
    company_name: str
    company_role: str


def id_token_claims(
    grant: Grant,
    account: Account,
    *,
    issuer: str,
    scope: str,
    company: CompanyClaims | None,
    access_token: str,
    first: bool,
    at: datetime,
    expires_at: datetime,
) -> dict[str, object]:
    """Returns the claims of an ID token (OpenID Connect Core, section 2).

    The nonce is in the first one only: one that comes with a refresh answers no authentication request.
    """
    claims: dict[str, object] = {
        "iss": issuer,
        "sub": account.id,
        "aud": grant.client_id,
        "iat": seconds(at),
        "exp": seconds(expires_at),
        "auth_time": seconds(grant.authenticated_at),
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": grant.sid,
        "at_hash": half_hash(access_token),
    }
    if first and grant.nonce:
        claims["nonce"] = grant.nonce
    claims |= account_claims(account, scope=scope)
    if "company" in scope.split() and company is not None:
        claims |= vars(company)
    return claims


def account_claims(account: Account, *, scope: str) -> dict[str, Any]:
    """Returns what a scope lets a tool know of an account (OpenID Connect Core, section 5.4)."""
    claims: dict[str, Any] = {}
    if "profile" in scope.split():
        claims |= {"name": account.full_name, "locale": account.locale}
    if "email" in scope.split():
        claims |= {"email": account.email, "email_verified": account.verified}
    return claims


def logout_token_claims(grant: Grant, *, issuer: str, at: datetime) -> dict[str, object]:
    """Returns the claims of a logout token (OpenID Connect Back-Channel Logout, section 2.4)."""
    return {
        "iss": issuer,
        "sub": grant.account_id,
        "aud": grant.client_id,
        "iat": seconds(at),
        "exp": seconds(at + LOGOUT_TOKEN_LIFE),
        "jti": new_id(),
        "events": {LOGOUT_EVENT: {}},
        "sid": grant.sid,
    }


def half_hash(token: str) -> str:
    """Returns the left half of a token's SHA-256, as `at_hash` has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())
