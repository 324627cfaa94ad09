"""The endpoints that tools call: discovery, keys, tokens, userinfo, introspection and revocation.

No cookie is read here. What goes wrong is answered as the protocol says: a JSON object with `error`.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import grpc
from anyio import to_thread
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from guichet.identity.v1.sign_on_pb2 import GrantProof
from guichet.identity.v1.sign_on_service_pb2 import (
    GetGrantRequest,
    GetGrantResponse,
    GetSigningKeysRequest,
    RevokeTokenRequest,
)
from services.gateway.body import FORM_TYPE, read_parameters
from services.gateway.dependencies import Backends
from services.gateway.errors import as_problem, or_none
from services.gateway.openid.addresses import (
    DISCOVERY_PATH,
    INTROSPECT_PATH,
    JWKS_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    USERINFO_PATH,
)
from services.gateway.openid.claims import MembershipLost, claims_of, company_claims
from services.gateway.openid.clients import METHODS, Client
from services.gateway.openid.discovery import discovery_document
from services.gateway.openid.protocol import SignOnServer
from services.gateway.openid.protocol_request import Parameters, ProtocolRequest
from services.gateway.problems import Problem
from services.gateway.services import Services
from services.gateway.session import TOKEN

PUBLISHED = {"Cache-Control": "public, max-age=300"}
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate"}
PREFLIGHT_SECONDS = "86400"
METHOD_NOT_ALLOWED = Problem("method_not_allowed")
ERRORS = {429: "temporarily_unavailable", 500: "server_error", 503: "temporarily_unavailable"}
KEPT_STATUSES = frozenset({405, 413, 429, 500, 503})


class EndpointRoute(APIRoute):
    """An endpoint that programs call, from any origin: it is never given a browser's cookies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        methods = ", ".join(sorted(self.methods or ()))

        async def answered(request: Request) -> Response:
            if request.method == "OPTIONS":
                answer = Response(status_code=204)
                answer.headers["Access-Control-Allow-Methods"] = methods
                answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                answer.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
            else:
                try:
                    answer = await handler(request)
                except OAuth2Error as error:
                    answer = json_answer(*error())
                except (Problem, grpc.aio.AioRpcError) as error:
                    answer = problem_answer(as_problem(error))
            answer.headers.update(ANY_ORIGIN)
            return answer

        return answered

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self.methods or set()
        if scope["method"] in methods:
            await super().handle(scope, receive, send)
            return
        answer = problem_answer(METHOD_NOT_ALLOWED)
        answer.headers.update({**ANY_ORIGIN, "Allow": ", ".join(sorted(methods))})
        await answer(scope, receive, send)


router = APIRouter(route_class=EndpointRoute, include_in_schema=False)


def endpoint(path: str, *methods: str) -> Callable[..., Any]:
    """Declares an endpoint; OPTIONS is for browsers, which ask before a script may call it.

    HEAD is answered as GET is: the server leaves the content out.
    """
    head = ["HEAD"] if "GET" in methods else []
    return router.api_route(path, methods=[*methods, *head, "OPTIONS"])


@endpoint(DISCOVERY_PATH, "GET")
async def discover(request: Request) -> Response:
    """Says where everything is, and what is supported."""
    return JSONResponse(discovery_document(request.app.state.settings.public_url), headers=PUBLISHED)


@endpoint(JWKS_PATH, "GET")
async def show_signing_keys(services: Backends) -> Response:
    """Publishes the keys that tokens are verified with."""
    answer = await services.sign_on.GetSigningKeys(GetSigningKeysRequest())
    return Response(answer.jwks, headers=PUBLISHED, media_type="application/jwk-set+json")


@endpoint(TOKEN_PATH, "POST")
async def exchange(request: Request) -> Response:
    """Exchanges a code or a refresh token for tokens."""
    asked = await protocol_request(request)
    return json_answer(*await to_thread.run_sync(server_of(request).create_token_response, asked))


@endpoint(USERINFO_PATH, "GET", "POST")
async def tell_claims(request: Request, services: Backends) -> Response:
    """Tells what the scope allows about the person, and how they stand with the company at this moment."""
    token = await bearer_token(request)
    if not token:
        return refused_bearer(401, {})
    held = await grant_of(services, GrantProof(access_token=token), client_id="")
    if held is not None:
        try:
            company = await company_claims(services, held)
            return JSONResponse(claims_of(held, company), headers=NEVER_KEPT)
        except MembershipLost:
            pass
    return refused_bearer(401, {"error": "invalid_token"})


@endpoint(INTROSPECT_PATH, "POST")
async def introspect(request: Request, services: Backends) -> Response:
    """Says whether a token of the confidential client that asks works. Source: RFC 7662."""
    asked = await protocol_request(request)
    client = await authenticated(request, asked, methods=[one for one in METHODS if one != "none"])
    token = presented_token(asked)
    for proof in (GrantProof(access_token=token), GrantProof(refresh_token=token)):
        held = await grant_of(services, proof, client_id=client.client_id)
        if held is None:
            continue
        try:
            await company_claims(services, held)
        except MembershipLost:
            break
        return json_answer(200, introspection_members(request, proof, held), ())
    return json_answer(200, {"active": False}, ())


@endpoint(REVOKE_PATH, "POST")
async def revoke(request: Request, services: Backends) -> Response:
    """Ends a token of the client that asks. Source: RFC 7009."""
    asked = await protocol_request(request)
    client = await authenticated(request, asked, methods=METHODS)
    token = presented_token(asked)
    if TOKEN.fullmatch(token):
        await services.sign_on.RevokeToken(RevokeTokenRequest(token=token, client_id=client.client_id))
    return Response(status_code=200, headers=NEVER_KEPT)


def server_of(request: Request) -> SignOnServer:
    server: SignOnServer = request.app.state.sign_on_server
    return server


async def protocol_request(request: Request) -> ProtocolRequest:
    """Reads a form whose fields come once each.

    Raises:
        Problem: body_too_large, body_timeout, malformed_body, unsupported_media_type.
        InvalidRequestError: a field comes twice.
    """
    parameters = Parameters(await read_parameters(request))
    if parameters.repeated:
        raise InvalidRequestError("A parameter comes more than once.")
    return ProtocolRequest(request.method, parameters, request.headers)


async def authenticated(request: Request, asked: ProtocolRequest, *, methods: list[str]) -> Client:
    """Returns the client that calls.

    Raises:
        InvalidClientError: it does not prove who it is.
    """
    client: Client = await to_thread.run_sync(server_of(request).authenticate_client, asked, methods)
    return client


def presented_token(asked: ProtocolRequest) -> str:
    token = asked.form.get("token")
    if token is None:
        raise InvalidRequestError("token is missing.")
    return token


async def grant_of(services: Services, proof: GrantProof, *, client_id: str) -> GetGrantResponse | None:
    """Returns the grant of a token that works now, or None."""
    if not TOKEN.fullmatch(proof.access_token or proof.refresh_token):
        return None
    return await or_none(services.sign_on.GetGrant(GetGrantRequest(proof=proof, client_id=client_id)))


async def bearer_token(request: Request) -> str:
    """Returns the access token of a request, from its header or its form; empty where there is none.

    Raises:
        InvalidRequestError: it comes in both ways. Source: RFC 6750, 2.
    """
    scheme, _, in_header = request.headers.get("authorization", "").partition(" ")
    in_header = in_header.strip() if scheme.lower() == "bearer" else ""
    in_form = ""
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM_TYPE):
        in_form = (await protocol_request(request)).form.get("access_token", "")
    if in_header and in_form:
        raise InvalidRequestError("The access token comes in two ways.")
    return in_header or in_form


def refused_bearer(status: int, members: Mapping[str, str]) -> Response:
    """Answers a request without an access token that works. Source: RFC 6750, 3."""
    challenge = ", ".join(['Bearer realm="guichet"', *(f'{name}="{text}"' for name, text in members.items())])
    return JSONResponse(dict(members), status, {**NEVER_KEPT, "WWW-Authenticate": challenge})


def introspection_members(request: Request, proof: GrantProof, held: GetGrantResponse) -> dict[str, Any]:
    grant = held.grant
    return {
        "active": True,
        "iss": request.app.state.settings.public_url,
        "sub": grant.account.id,
        "client_id": grant.client_id,
        "aud": grant.client_id,
        "scope": grant.scope,
        "sid": grant.sid,
        "exp": grant.expire_time.seconds,
        "iat": grant.issue_time.seconds,
        **({"token_type": "Bearer"} if proof.access_token else {}),
    }


def json_answer(status: int, body: dict[str, Any], headers: Sequence[tuple[str, str]]) -> Response:
    return JSONResponse(body, status, {**NEVER_KEPT, **dict(headers)})


def problem_answer(problem: Problem) -> Response:
    """Answers what went wrong before the protocol was spoken."""
    status = problem.http_status if problem.http_status in KEPT_STATUSES else 400
    body = {"error": ERRORS.get(status, "invalid_request"), "error_description": problem.code}
    answer = JSONResponse(body, status, NEVER_KEPT)
    if problem.retry_after is not None:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer
