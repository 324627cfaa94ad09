"""Sign-on through Guichet, by Authlib's client: what any tool written in Python would do."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteOAuth2App
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import Response

from deploy.local.memo.sessions import Sessions
from deploy.local.memo.settings import CLIENT_ID, MemoSettings

SCOPE = "openid profile email company offline_access"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["ES256", "RS256"]
CLOCKS_APART_SECONDS = 60
UNAUTHORIZED = 401


class NotSetUp(Exception):
    """Mémo has no client secret yet."""


class SignOnOver(Exception):
    """Guichet does not honour the sign-on any more."""


class SignOn:
    """The relying party. It is built once its secret is there, and again when that changes."""

    def __init__(self, settings: MemoSettings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        # One for all calls: reading the certificates takes longer than a call.
        self._tls = ssl.create_default_context()
        self._secret = ""
        self._client: StarletteOAuth2App | None = None

    async def begin(self, request: Request, **more: str) -> Response:
        """Sends the browser to Guichet."""
        back = f"{self._settings.memo_url}/connexion/retour"
        answer: Response = await self.client.authorize_redirect(request, back, **more)
        return answer

    async def finish(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """Returns the claims of the ID token, and the tokens, for the answer that a browser brings back.

        Raises:
            OAuthError: Guichet refused, or this is no answer to a question of this browser's.
            JoseError: the ID token is not Guichet's, or not for this sign-on.
        """
        # RFC 9207: an answer that another issuer was asked for is none of ours.
        if request.query_params.get("iss") != self._settings.issuer:
            raise OAuthError("wrong_issuer")
        token = await self.client.authorize_access_token(request)  # type: ignore[no-untyped-call]  # its stub is bare
        claims = dict(token.pop("userinfo"))
        return claims, token

    async def who_now(self, claims: Mapping[str, Any], token: dict[str, Any]) -> dict[str, Any]:
        """Returns what Guichet says now of whoever signed on. Tokens that are over are refreshed and kept.

        Raises:
            SignOnOver: the tokens open nothing any more.
        """
        metadata = await self.client.load_server_metadata()
        try:
            answer = await self.client.get(metadata["userinfo_endpoint"], token=token)  # type: ignore[no-untyped-call]  # its stub is bare
        except OAuthError:
            raise SignOnOver from None
        if answer.status_code == UNAUTHORIZED:
            raise SignOnOver
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        if told.get("sub") != claims["sub"]:
            raise SignOnOver
        return told

    async def leave(self, request: Request, token: Mapping[str, Any], language: str) -> Response:
        """Sends the browser to Guichet's sign-out, and back to Mémo."""
        answer: Response = await self.client.logout_redirect(
            request,
            post_logout_redirect_uri=f"{self._settings.memo_url}/au-revoir",
            id_token_hint=token["id_token"],
            ui_locales=language,
        )
        answer.status_code = 303
        return answer

    async def left(self, request: Request) -> bool:
        """Says whether Guichet sends the browser back from a sign-out that this browser began."""
        try:
            await self.client.validate_logout_response(request)  # type: ignore[no-untyped-call]  # its stub is bare
        except OAuthError:
            return False
        return True

    async def ended(self, logout_token: str) -> Mapping[str, Any]:
        """Returns the claims of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6).

        Raises:
            ValueError: it is none for Mémo.
        """
        try:
            try:
                token = jwt.decode(logout_token, await self._keys(), algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                token = jwt.decode(logout_token, await self._keys(again=True), algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                leeway=CLOCKS_APART_SECONDS,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": CLIENT_ID},
                iat={"essential": True},
                exp={"essential": True},
                jti={"essential": True},
                events={"essential": True},
            ).validate(token.claims)
        except JoseError as error:
            raise ValueError(str(error)) from None
        claims = token.claims
        if LOGOUT_EVENT not in claims["events"] or "nonce" in claims:
            raise ValueError("this is no logout token")
        if not claims.get("sid") and not claims.get("sub"):
            raise ValueError("it names nobody")
        return claims

    @property
    def client(self) -> StarletteOAuth2App:
        secret = secret_in(self._settings.client_secret_file)
        if self._client is None or secret != self._secret:
            self._secret = secret
            self._client = OAuth().register(
                "guichet",
                update_token=self._refreshed,
                client_id=CLIENT_ID,
                client_secret=secret,
                server_metadata_url=f"{self._settings.issuer}/.well-known/openid-configuration",
                client_kwargs={
                    "scope": SCOPE,
                    "code_challenge_method": "S256",
                    "verify": self._tls,
                    "trust_env": False,
                },
            )
        return self._client

    async def _refreshed(self, token: dict[str, Any], refresh_token: str, access_token: str | None) -> None:
        self._sessions.refresh(refresh_token, dict(token))

    async def _keys(self, *, again: bool = False) -> KeySet:
        return KeySet.import_key_set(await self.client.fetch_jwk_set(force=again))


def secret_in(file: Path) -> str:
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        raise NotSetUp from None
