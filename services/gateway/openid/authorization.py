"""What a tool asks for when it sends somebody to sign on, judged before anybody is shown anything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oidc.core.errors import (
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)
from fastapi.responses import RedirectResponse

from guichet.identity.v1.tool_pb2 import Tool
from services.gateway.fields import REFUSED, SIREN
from services.gateway.openid.addresses import AUTHORIZE_PATH, to_tool
from services.gateway.openid.clients import Client
from services.gateway.openid.discovery import PROMPTS
from services.gateway.openid.protocol import SignOnServer
from services.gateway.openid.protocol_request import Parameters, ProtocolRequest

LONGEST_QUERY = 8 * 1024
MOST_PARAMETERS = 60
MARKER = "proof_after"
SECONDS = re.compile(r"[0-9]{1,9}")
UNSUPPORTED = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
    "registration": RegistrationNotSupportedError,
}


@dataclass(frozen=True)
class SignOnRequest:
    """A request that is well-formed, from a tool that may make it."""

    tool: Tool
    redirect_uri: str
    scope: str
    prompt: frozenset[str]
    max_age: int | None
    sent: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Returns a parameter as it was sent, or an empty text."""
        return self.sent.get(name, "")

    @property
    def silent(self) -> bool:
        """The tool wants an answer at once, and no page shown."""
        return "none" in self.prompt

    @property
    def with_company(self) -> bool:
        return "company" in self.scope.split()

    @property
    def siren_hint(self) -> str:
        return self["siren_hint"] if SIREN.fullmatch(self["siren_hint"]) else ""

    def address(self, path: str = AUTHORIZE_PATH, **changed: str) -> str:
        """Returns where this request is made again, with some parameters changed, or taken away by ""."""
        return f"{path}?{urlencode({name: text for name, text in {**self.sent, **changed}.items() if text})}"

    def answer(self, issuer: str, **parameters: str) -> RedirectResponse:
        """Goes back to the tool, which is told who answers. Source: RFC 9207."""
        return to_tool(self.redirect_uri, {**parameters, "state": self["state"], "iss": issuer})

    def refusal_address(self, issuer: str, error: str) -> str:
        """Returns the address that tells the tool of an error."""
        return self.answer(issuer, error=error).headers["location"]


@dataclass(eq=False)
class Refused(Exception):
    """A request that cannot be granted. Without `redirect_uri` there is no tool that could safely be told."""

    error: str
    description: str = ""
    redirect_uri: str = ""
    state: str = ""
    closed_tool: Tool | None = None

    def answer(self, issuer: str) -> RedirectResponse:
        parameters = {"error": self.error, "error_description": self.description, "state": self.state}
        return to_tool(self.redirect_uri, {**parameters, "iss": issuer})


async def judged(server: SignOnServer, query: str) -> SignOnRequest:
    """Judges the parameters of an authorization request.

    Raises:
        Refused: it is malformed, or its tool may not make it.
    """
    return await to_thread.run_sync(judge, server, parameters_in(query))


def parameters_in(query: str) -> Parameters:
    """Returns the parameters of a query.

    Raises:
        Refused: it is too long, or not of texts.
    """
    if len(query) > LONGEST_QUERY:
        raise Refused("invalid_request", f"The request is longer than {LONGEST_QUERY} characters.")
    try:
        pairs = parse_qsl(query.encode("ascii").decode(), errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Refused("invalid_request", "The request is not readable.") from None
    return Parameters(pairs)


def judge(server: SignOnServer, parameters: Parameters) -> SignOnRequest:
    """Judges in a worker thread; see `judged`."""
    request = ProtocolRequest("GET", parameters, {})
    sent = parameters.data
    try:
        require_supported(parameters)
        grant = server.get_consent_grant(request)
        return SignOnRequest(
            tool=request.client.tool,
            redirect_uri=grant.redirect_uri,
            scope=request.scope,
            prompt=prompt_in(sent),
            max_age=max_age_in(sent),
            sent=sent,
        )
    except OAuth2Error as error:
        raise Refused(
            error.error,
            error.description,
            certain_address(server, parameters),
            sent.get("state", ""),
            server.closed_tool(sent.get("client_id", "")) if error.error == "invalid_client" else None,
        ) from None


def require_supported(parameters: Parameters) -> None:
    if parameters.repeated:
        raise InvalidRequestError("A parameter comes more than once.")
    if any(REFUSED.search(text) for text in parameters.data.values()):
        raise InvalidRequestError("A parameter holds a control character.")
    for name, error in UNSUPPORTED.items():
        if name in parameters.data:
            raise error()
    if parameters.data.get("response_mode", "query") != "query":
        raise InvalidRequestError("The only response_mode is query.")


def prompt_in(sent: Mapping[str, str]) -> frozenset[str]:
    prompt = frozenset(sent.get("prompt", "").split())
    if not prompt <= set(PROMPTS):
        raise InvalidRequestError("prompt holds a value that is not supported.")
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError("prompt=none stands alone.")
    return prompt


def max_age_in(sent: Mapping[str, str]) -> int | None:
    max_age = sent.get("max_age")
    if max_age is not None and not SECONDS.fullmatch(max_age):
        raise InvalidRequestError("max_age is a number of seconds.")
    return None if max_age is None else int(max_age)


def certain_address(server: SignOnServer, parameters: Parameters) -> str:
    """Returns where a tool may be told of an error: an address of its own that the request names once."""
    named = [parameters.datalist.get(name, []) for name in ("client_id", "redirect_uri")]
    if any(len(values) != 1 for values in named):
        return ""
    client: Client | None = server.query_client(named[0][0])
    return named[1][0] if client and client.check_redirect_uri(named[1][0]) else ""
