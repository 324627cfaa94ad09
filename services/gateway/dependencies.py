"""What a route asks for beside its input."""

import uuid
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from services.gateway.problems import field_problem
from services.gateway.services import Services
from services.gateway.settings import GatewaySettings

LONGEST_KEY = 200
LONGEST_USER_AGENT = 300


def services_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


async def services(request: Request) -> Services:
    return services_of(request)


async def portal(request: Request) -> str:
    """Returns the address under which people reach the portal."""
    return cast("GatewaySettings", request.app.state.settings).public_url


async def language(request: Request) -> str:
    return cast("str", request.state.language)


def new_idempotency_key() -> str:
    return f"gateway-{uuid.uuid4().hex}"


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="A repeated call with the same key has one effect and one answer."
            " At most 200 printable ASCII characters",
        ),
    ] = None,
) -> str:
    """Returns the client's key, or one of this request alone, so that a channel may repeat its call."""
    if key is None:
        return new_idempotency_key()
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise field_problem("idempotency_key_invalid", "Idempotency-Key")
    return key


async def user_agent(request: Request) -> str:
    """Returns what the browser or program calls itself, at most as much as identity keeps."""
    return request.headers.get("user-agent", "")[:LONGEST_USER_AGENT]


Backends = Annotated[Services, Depends(services)]
Portal = Annotated[str, Depends(portal)]
Language = Annotated[str, Depends(language)]
UserAgent = Annotated[str, Depends(user_agent)]
IdempotencyKey = Annotated[str, Depends(idempotency_key)]
