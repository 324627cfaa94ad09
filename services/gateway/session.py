"""Who is signed in: a bearer token or the portal's cookie, resolved by identity at each request."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Request, Response, Security
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security.base import SecurityBase
from google.protobuf.timestamp_pb2 import Timestamp

from guichet.identity.v1.account_pb2 import Account
from guichet.identity.v1.identity_service_pb2 import GetSessionRequest
from services.gateway.cookies import cookie, set_cookie
from services.gateway.dependencies import services_of
from services.gateway.problems import Problem
from services.platform.rpc_context import acting
from services.platform.service_identity import ServiceIdentity

COOKIE = "guichet_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD"})
SALT_BYTES = 9
SALT_LENGTH = 12
TOKEN = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True)
class Session:
    """The session of a request, and whether its cookie (rather than a bearer token) names it."""

    token: str
    account: Account
    by_cookie: bool

    @property
    def account_id(self) -> str:
        return self.account.id

    @property
    def language(self) -> str:
        return self.account.locale or "fr"


class SignedIn(SecurityBase):
    """Resolves the session of a request, and makes its account the acting one of every call after."""

    def __init__(self) -> None:
        self.model = BearerModel(description="Token of POST /api/v1/sessions")
        self.scheme_name = "session"

    async def __call__(self, request: Request) -> Session:
        token, by_cookie = presented_token(request)
        if by_cookie and request.method not in SAFE_METHODS:
            require_csrf_token(request, token, request.headers.get(CSRF_HEADER, ""))
        await resume_session(request, token)
        return Session(token, request.state.account, by_cookie)


Signed = Annotated[Session, Security(SignedIn())]


def presented_token(request: Request) -> tuple[str, bool]:
    """Returns the secret that a request presents, and whether its cookie carries it.

    A bearer token goes first: no other site can make a browser send one.
    """
    authorization = request.headers.get("authorization")
    by_cookie = authorization is None
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Problem("unauthenticated")
    else:
        token = cookie(request, COOKIE)
    return checked_token(token), by_cookie


def checked_token(token: str) -> str:
    """Raises Problem (unauthenticated) for what cannot be a session's token."""
    if not TOKEN.fullmatch(token):
        raise Problem("unauthenticated")
    return token


async def resume_session(request: Request, token: str) -> None:
    """Asks identity whose session it is, anew: an account token is valid for a minute only.

    The token of before is not sent along: once it is stale, it has every call refused, this one too.
    """
    anonymous = replace(acting.get(), account_token="")
    acting.set(anonymous)
    answer = await services_of(request).identity.GetSession(GetSessionRequest(token=token))
    acting.set(replace(anonymous, account_token=answer.account_token))
    request.state.account = answer.account
    request.state.language = answer.account.locale or request.state.language


def set_session_cookie(request: Request, response: Response, token: str, expire_time: Timestamp) -> None:
    """Gives the browser the cookie of a session, for as long as the session lasts."""
    left = expire_time.ToDatetime(UTC) - datetime.now(UTC)
    set_cookie(request, response, COOKIE, token, seconds=max(int(left.total_seconds()), 0))


def csrf_token(own: ServiceIdentity, bound_to: str, salt: str = "") -> str:
    """Returns what a page must send back with a form: bound to a cookie, useless beside another one.

    Each call gives another token, since pages are compressed: a secret that stays the same beside chosen
    text could be guessed from their length.
    """
    salt = salt or secrets.token_urlsafe(SALT_BYTES)
    digest = hmac.digest(own.secret, f"csrf|{salt}|{bound_to}".encode(), hashlib.sha256)
    return salt + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def require_csrf_token(request: Request, bound_to: str, sent: str) -> None:
    """Raises Problem (csrf_failed) unless the token was given beside the same cookie."""
    expected = csrf_token(request.app.state.own, bound_to, sent[:SALT_LENGTH])
    if not bound_to or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Problem("csrf_failed")
