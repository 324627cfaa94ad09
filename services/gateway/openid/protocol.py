"""The protocol, as authlib judges it: clients, addresses, PKCE, grants. It stores nothing and signs nothing.

Authlib is synchronous. What is here runs in a worker thread, and reaches the services through the event loop.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
    UnsupportedResponseTypeError,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from guichet.identity.v1.account_pb2 import Account
from guichet.identity.v1.sign_on_pb2 import GrantProof
from guichet.identity.v1.sign_on_service_pb2 import (
    GetGrantRequest,
    GetGrantResponse,
    GetToolRequest,
    IssueTokensRequest,
    IssueTokensResponse,
)
from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.fields import TOOL_ID
from services.gateway.openid.addresses import TOKEN_PATH
from services.gateway.openid.claims import MembershipLost, company_claims
from services.gateway.openid.clients import (
    METHODS,
    Client,
    PrivateKeyAssertion,
    SecretProof,
    basic_credentials,
    client_of,
    posted_credentials,
)
from services.gateway.openid.from_thread import ask, ask_or_none
from services.gateway.openid.protocol_request import ProtocolRequest
from services.gateway.services import Services
from services.gateway.session import TOKEN

UNPROVEN = "The client does not prove who it is, in the way that it is registered for."
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
Answer = tuple[int, dict[str, Any], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Presented:
    """A code or refresh token that works now, with the grant that it stands for."""

    proof: GrantProof
    held: GetGrantResponse

    @property
    def code_challenge(self) -> str:
        return self.held.grant.code_challenge

    def get_redirect_uri(self) -> str:
        return self.held.grant.redirect_uri

    def get_scope(self) -> str:
        return self.held.grant.scope

    def check_client(self, client: Client) -> bool:
        return self.held.grant.client_id == client.client_id


class S256Challenge(CodeChallenge):
    """PKCE for every client, by S256 alone. Authlib asks public ones only, and takes `plain` by default."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        sent = grant.request.payload.data
        if sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")
        if not CHALLENGE.fullmatch(sent.get("code_challenge", "")):
            raise InvalidRequestError("code_challenge must be the 43 characters of an S256 challenge.")

    def get_authorization_code_challenge_method(self, authorization_code: Presented) -> str:
        return "S256"


class CodeGrant(AuthorizationCodeGrant):
    """Judges authorization requests, and exchanges codes."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: "SignOnServer"

    @staticmethod
    def validate_authorization_redirect_uri(request: OAuth2Request, client: Client) -> str:
        address = request.payload.redirect_uri
        if not client.check_redirect_uri(address):
            raise InvalidRequestError("redirect_uri is none of those that the client has registered.")
        return str(address)

    def authenticate_token_endpoint_client(self) -> Client:
        self.request.proof = presentable(GrantProof(code=self.request.form.get("code")))
        client: Client = super().authenticate_token_endpoint_client()
        return client

    def query_authorization_code(self, code: str, client: Client) -> Presented | None:
        return self.server.presented(self.request, client)

    def authenticate_user(self, authorization_code: Presented) -> Account:
        return authorization_code.held.grant.account

    def generate_token(self, **_: Any) -> dict[str, Any]:
        return self.server.issue(self.request.authorization_code, self.client, scope="")

    def delete_authorization_code(self, authorization_code: Presented) -> None:
        """Issuing has used it up."""


class RefreshGrant(RefreshTokenGrant):
    """Exchanges refresh tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    server: "SignOnServer"

    def authenticate_token_endpoint_client(self) -> Client:
        self.request.proof = presentable(GrantProof(refresh_token=self.request.form.get("refresh_token")))
        client: Client = super().authenticate_token_endpoint_client()
        return client

    def authenticate_refresh_token(self, refresh_token: str) -> Presented | None:
        return self.server.presented(self.request, self.client)

    def authenticate_user(self, refresh_token: Presented) -> Account:
        return refresh_token.held.grant.account

    def generate_token(self, **_: Any) -> dict[str, Any]:
        wanted = self.request.payload.scope or ""
        return self.server.issue(self.request.refresh_token, self.client, scope=wanted)

    def revoke_old_credential(self, refresh_token: Presented) -> None:
        """Issuing has used it up."""


class SignOnServer(AuthorizationServer):
    """Authlib's authorization server, over identity's and the company service's RPCs."""

    def __init__(self, services: Services, issuer: str) -> None:
        super().__init__()
        self.issuer = issuer
        self._services = services
        self.register_client_auth_method("client_secret_basic", SecretProof(services, basic_credentials))
        self.register_client_auth_method("client_secret_post", SecretProof(services, posted_credentials))
        self.register_client_auth_method(
            "private_key_jwt", PrivateKeyAssertion(services, [issuer, f"{issuer}{TOKEN_PATH}"])
        )
        self.register_grant(CodeGrant, [S256Challenge()])
        self.register_grant(RefreshGrant)

    def query_client(self, client_id: str) -> Client | None:
        if not TOOL_ID.fullmatch(client_id):
            return None
        found = ask_or_none(self._services.sign_on.GetTool, GetToolRequest(id=client_id))
        return client_of(found.tool) if found else None

    def closed_tool(self, client_id: str) -> Tool | None:
        """Returns a tool that is disabled; None for any other."""
        if not TOOL_ID.fullmatch(client_id):
            return None
        found = ask_or_none(self._services.sign_on.GetTool, GetToolRequest(id=client_id))
        return found.tool if found and found.tool.disabled else None

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> Client:
        """Returns the client that a request proves to come from, by one way alone. Source: RFC 6749, 2.3."""
        sent = request.form
        ways = [request.headers.get("authorization"), sent.get("client_secret"), sent.get("client_assertion")]
        if sum(map(bool, ways)) > 1:
            raise InvalidRequestError("The client authenticates in more than one way.")
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            raise InvalidClientError(UNPROVEN, status_code=401) from None
        if sent.get("client_id", client.client_id) != client.client_id:
            raise InvalidClientError("client_id names another client.", status_code=401)
        return client

    def get_token_grant(self, request: Any) -> Any:
        wanted = request.payload.grant_type
        if wanted is None:
            raise InvalidRequestError("grant_type is missing.")
        if wanted not in (CodeGrant.GRANT_TYPE, RefreshGrant.GRANT_TYPE):
            # Authlib repeats what was sent, which may hold what no description may: RFC 6749, 5.2.
            raise OAuth2Error("This grant_type is not supported.", error="unsupported_grant_type")
        return super().get_token_grant(request)

    def get_authorization_grant(self, request: Any) -> Any:
        wanted = request.payload.response_type
        if wanted is None:
            raise InvalidRequestError("response_type is missing.")
        if wanted != "code":
            raise UnsupportedResponseTypeError(None, "The only response_type is code.")
        return super().get_authorization_grant(request)

    def presented(self, request: ProtocolRequest, client: Client) -> Presented | None:
        """Returns what a tool presents, where it works and is this tool's."""
        if request.proof is None:
            return None
        if request.checked is not None:
            found = request.checked.HasField("presented")
            return Presented(request.proof, request.checked.presented) if found else None
        asked = GetGrantRequest(proof=request.proof, client_id=client.client_id)
        held = ask_or_none(self._services.sign_on.GetGrant, asked)
        return Presented(request.proof, held) if held else None

    def issue(self, presented: Presented, client: Client, *, scope: str) -> dict[str, Any]:
        """Uses up what was presented, and returns the members of the token endpoint's answer.

        Raises:
            InvalidGrantError: it was used meanwhile, or the account may no longer open the tool.
        """
        try:
            company = ask(partial(company_claims, self._services), presented.held)
        except MembershipLost:
            raise InvalidGrantError("The account may not open the tool for its company any more.") from None
        asked = IssueTokensRequest(
            proof=presented.proof,
            client_id=client.client_id,
            scope=scope,
            company=company,
        )
        issued = ask_or_none(self._services.sign_on.IssueTokens, asked)
        if issued is None:
            raise InvalidGrantError("It was used already.")
        return token_members(issued)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Identity has stored what it issued."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: Any) -> Answer:
        return status, body, headers


def presentable(proof: GrantProof) -> GrantProof | None:
    """Returns what a tool presents, where it may be a code or a token at all."""
    return proof if TOKEN.fullmatch(proof.code or proof.refresh_token) else None


def token_members(issued: IssueTokensResponse) -> dict[str, Any]:
    members = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": max(0, issued.access_expire_time.seconds - int(time.time())),
        "scope": issued.scope,
        "id_token": issued.id_token,
        "refresh_token": issued.refresh_token,
    }
    return {name: value for name, value in members.items() if value != ""}
