"""The one way in which cookies are set, and taken back."""

from typing import cast

from fastapi import Request, Response

from services.gateway.settings import GatewaySettings


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None) -> None:
    """Sets a cookie that no script reads; one without `seconds` ends with the browser."""
    settings = cast("GatewaySettings", request.app.state.settings)
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=settings.behind_tls
    )


def delete_cookie(response: Response, name: str) -> None:
    """Takes a cookie back. Its attributes are those it was set with: browsers go by them."""
    response.delete_cookie(name, httponly=True, samesite="lax")
