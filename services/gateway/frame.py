"""What surrounds every request: its trace id, host check, security headers, access log, and last resort."""

import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.client_address import client_address
from services.gateway.languages import negotiated, organisations
from services.gateway.pages.visit import chosen_language
from services.gateway.problem_answers import problem_response
from services.gateway.problems import Problem
from services.gateway.settings import GatewaySettings
from services.platform.rpc_context import Acting, acting

log = structlog.get_logger()

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": API_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


class Frame:
    """A plain ASGI middleware: one pass over each request, nothing buffered."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self._app = app
        self._hosts = settings.hosts
        self._proxies = settings.trusted_proxies
        self._organisations = settings.organisations
        self._headers = dict(SECURITY_HEADERS)
        if settings.behind_tls:
            self._headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        trace_id = uuid.uuid4().hex
        peer = scope["client"][0] if scope.get("client") else ""
        acting.set(Acting(client_address=client_address(peer, headers, self._proxies), trace_id=trace_id))
        organisations.set(self._organisations)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        scope.setdefault("state", {}).update(
            trace_id=trace_id,
            language=chosen_language(HTTPConnection(scope)) or negotiated(headers.get("accept-language", "")),
        )
        status = 0

        async def framed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = trace_id
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
            await send(message)

        try:
            if self._is_addressed_right(headers):
                await self._app(scope, receive, framed_send)
            else:
                await problem_response(scope, Problem("invalid_host"))(scope, receive, framed_send)
        except Exception:
            log.exception("request.failed", method=scope["method"], route=route_of(scope))
            if status:
                raise
            await problem_response(scope, Problem("internal"))(scope, receive, framed_send)
        finally:
            log.info(
                "request",
                method=scope["method"],
                route=route_of(scope),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _is_addressed_right(self, headers: Headers) -> bool:
        named = headers.getlist("host")
        return len(named) == 1 and hostname_of(named[0]) in self._hosts


def hostname_of(host: str) -> str:
    """Returns the name in a Host header, without its port; empty for what is no host."""
    if host.startswith("["):
        name, closed, port = host[1:].partition("]")
        port = port.removeprefix(":")
        return name if closed and (port.isdigit() or not port) else ""
    name, _, port = host.partition(":")
    return name.lower() if port.isdigit() or not port else ""


def route_of(scope: Scope) -> str:
    """Returns the template of the route, never the path: a path may hold what a log must not."""
    return str(getattr(scope.get("route"), "path", "none"))
