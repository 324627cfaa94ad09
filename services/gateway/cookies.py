"""The one way in which cookies are set, read, and taken back."""

from typing import cast

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from services.gateway.settings import GatewaySettings

# With it, browsers take a cookie from this very host alone, over TLS: no neighbour can plant one.
HOST_PREFIX = "__Host-"


def behind_tls(connection: HTTPConnection) -> bool:
    return cast("GatewaySettings", connection.app.state.settings).behind_tls


def written_name(connection: HTTPConnection, name: str) -> str:
    """Returns the name under which the browser keeps a cookie: without TLS it refuses the prefix."""
    return f"{HOST_PREFIX}{name}" if behind_tls(connection) else name


def cookie(connection: HTTPConnection, name: str) -> str:
    """Returns what a cookie of ours holds, empty where there is none."""
    return connection.cookies.get(written_name(connection, name), "")


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None) -> None:
    """Sets a cookie that no script reads; one without `seconds` ends with the browser."""
    response.set_cookie(
        written_name(request, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=behind_tls(request),
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Takes a cookie back. Its attributes are those it was set with: browsers go by them."""
    response.delete_cookie(
        written_name(request, name), httponly=True, samesite="lax", secure=behind_tls(request)
    )
