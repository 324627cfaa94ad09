"""The gateway's application: wiring only."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from services.gateway.api import (
    access_requests,
    accounts,
    claims,
    companies,
    decisions,
    events,
    health,
    me,
    password_resets,
    sessions,
    tools,
)
from services.gateway.frame import Frame
from services.gateway.openapi import openapi_document
from services.gateway.openid import endpoints as openid_endpoints
from services.gateway.openid import posted as openid_posted
from services.gateway.openid.protocol import SignOnServer
from services.gateway.pages import (
    about,
    account,
    company_home,
    deciding,
    members,
    own_access_request,
    passwords,
    reference,
    second_factor,
    second_step,
    sign_in,
    sign_on,
    sign_up,
    static_files,
    tool_sign_out,
    waiting,
)
from services.gateway.pages import (
    access_requests as access_request_pages,
)
from services.gateway.pages import (
    claims as claim_pages,
)
from services.gateway.pages import (
    companies as company_pages,
)
from services.gateway.problem_answers import register_errors
from services.gateway.problems import check_translations
from services.gateway.services import connected
from services.gateway.settings import GatewaySettings
from services.platform.service_identity import ServiceIdentity

SMALLEST_COMPRESSED = 1500
MODULES = (
    openid_endpoints,
    openid_posted,
    accounts,
    sessions,
    password_resets,
    me,
    claims,
    access_requests,
    decisions,
    events,
    companies,
    tools,
    health,
    reference,
    static_files,
    about,
    sign_in,
    second_step,
    sign_up,
    passwords,
    claim_pages,
    company_pages,
    account,
    second_factor,
    access_request_pages,
    own_access_request,
    deciding,
    waiting,
    members,
    company_home,
    sign_on,
    tool_sign_out,
)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Builds the application. Its channels to the services open with it, at the lifespan's start."""
    check_translations()
    own = ServiceIdentity("gateway", settings.keys_directory)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = asyncio.Event()
        app.state.streams = Counter()
        async with connected(settings, own) as services:
            app.state.services = services
            app.state.sign_on_server = SignOnServer(services, settings.public_url)
            yield

    app = FastAPI(
        routes=[route for module in MODULES for route in module.router.routes],
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.own = own

    @cache
    def openapi() -> dict[str, Any]:
        return openapi_document(app, settings.public_url)

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    register_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_COMPRESSED, compresslevel=5)
    app.add_middleware(Frame, settings=settings)
    return app
