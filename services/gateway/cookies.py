"""The one way in which cookies are set."""

from typing import cast

from fastapi import Request, Response

from services.gateway.settings import GatewaySettings


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None) -> None:
    """Sets a cookie that no script reads; one without `seconds` ends with the browser."""
    settings = cast("GatewaySettings", request.app.state.settings)
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=settings.behind_tls
    )
