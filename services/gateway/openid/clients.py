"""Tools as authlib's clients, and how they prove who they are."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from google.protobuf.timestamp_pb2 import Timestamp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from guichet.identity.v1.sign_on_service_pb2 import (
    CheckClientSecretRequest,
    UseClientAssertionRequest,
)
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.fields import TOOL_ID
from services.gateway.openid.from_thread import ask
from services.gateway.openid.protocol_request import ProtocolRequest
from services.gateway.services import Services
from services.gateway.session import TOKEN

SIGNATURES = ["ES256", "RS256"]
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
LEEWAY_SECONDS = 60
LONGEST_ASSERTION_SECONDS = 3600
LONGEST_JTI = 200


class Credentials(NamedTuple):
    """What a client says of itself, and a secret."""

    client_id: str
    secret: str


NO_CREDENTIALS = Credentials("", "")


class Client(ClientMixin):
    """A tool that signs people on."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool

    @property
    def client_id(self) -> str:
        return self.tool.id

    def get_client_id(self) -> str:
        return self.tool.id

    def get_default_redirect_uri(self) -> None:
        """A request names its address, even if the client has one only. Source: OpenID Connect, 3.1.2.1."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Returns what is allowed among what was asked for; None where openid is not."""
        asked = list(dict.fromkeys((scope or "").split()))
        allowed = [one for one in asked if one in self.tool.client.scopes and self._may_have(one)]
        return " ".join(allowed) if "openid" in allowed else None

    def _may_have(self, scope: str) -> bool:
        return scope != "offline_access" or self.tool.client.refreshes

    def check_redirect_uri(self, redirect_uri: str | None) -> bool:
        return redirect_uri in self.tool.client.redirect_uris

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return self.tool.client.token_endpoint_auth_method == method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code" or self.tool.client.refreshes


def client_of(tool: Tool) -> Client | None:
    """Returns the client of a tool that signs people on now."""
    return Client(tool) if tool.HasField("client") and not tool.disabled else None


def basic_credentials(request: ProtocolRequest) -> Credentials:
    """Returns client and secret of HTTP Basic, each form-encoded, or nothing. Source: RFC 6749, 2.3.1."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return NO_CREDENTIALS
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        return Credentials(unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict"))
    except ValueError:
        return NO_CREDENTIALS


def posted_credentials(request: ProtocolRequest) -> Credentials:
    return Credentials(request.form.get("client_id", ""), request.form.get("client_secret", ""))


class SecretProof:
    """Authenticates a client by its secret, from where a request has it."""

    def __init__(self, services: Services, credentials_in: Callable[[ProtocolRequest], Credentials]) -> None:
        self._services = services
        self._credentials_in = credentials_in

    def __call__(self, query_client: object, request: ProtocolRequest) -> Client | None:
        credentials = self._credentials_in(request)
        if not TOOL_ID.fullmatch(credentials.client_id) or not TOKEN.fullmatch(credentials.secret):
            return None
        checked = ask(
            self._services.sign_on.CheckClientSecret,
            CheckClientSecretRequest(
                client_id=credentials.client_id, client_secret=credentials.secret, proof=request.proof
            ),
        )
        if not checked.valid:
            return None
        request.checked = checked
        return client_of(checked.tool)


class PrivateKeyAssertion(JWTBearerClientAssertion):
    """A statement that the client has signed with its own key, and presents once. Source: RFC 7523, 3."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, services: Services, audiences: list[str]) -> None:
        super().__init__(leeway=LEEWAY_SECONDS)
        self._services = services
        self._audiences = audiences

    def get_audiences(self) -> list[str]:
        return self._audiences

    def resolve_client_public_key(self, client: Client) -> KeySet:
        if not client.check_endpoint_auth_method(self.CLIENT_AUTH_METHOD, "token"):
            raise InvalidClientError(description="The client does not authenticate with its own key.")
        return KeySet.import_key_set(json.loads(client.tool.client.jwks))

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Reads header and claims before anything is verified: the claims may be nested without end."""
        try:
            extracted: tuple[dict[str, Any], dict[str, Any]] = super().extract_assertion(assertion)
        except RecursionError:
            raise InvalidClientError(description="Invalid JWT assertion.") from None
        return extracted

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        """Checks signature and claims. The algorithms are ours to name, and none is one of secrets."""
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=SIGNATURES).claims
            self.verify_claims(claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise InvalidClientError(description="The assertion is not valid.") from None
        return claims

    def validate_jti(self, claims: dict[str, Any], jti: Any) -> bool:
        expires = int(claims["exp"])
        if expires > time.time() + LONGEST_ASSERTION_SECONDS + LEEWAY_SECONDS:
            raise InvalidClientError(description="The assertion is valid for too long: an hour at most.")
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or not jti.isprintable():
            return False
        request = UseClientAssertionRequest(
            client_id=claims["sub"], jti=jti, expire_time=Timestamp(seconds=expires)
        )
        return ask(self._services.sign_on.UseClientAssertion, request).first_use
