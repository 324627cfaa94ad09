from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from guichet.company.v1.access_request_pb2 import AccessRequest
from guichet.company.v1.company_service_pb2 import ListCompanyAccessRequestsResponse
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.platform.service_identity import TrustedServices
from tests.system.browser import Browser
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.services_on_the_wire import PENDING, ServicesOnTheWire, served


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wire(keys: Path) -> AsyncIterator[tuple[ServicesOnTheWire, dict[str, int]]]:
    async with served(TrustedServices(keys)) as started:
        yield started


@pytest.fixture
def services(wire: tuple[ServicesOnTheWire, dict[str, int]]) -> ServicesOnTheWire:
    wire[0].reset()
    return wire[0]


@pytest.fixture(scope="session")
def settings(wire: tuple[ServicesOnTheWire, dict[str, int]], keys: Path) -> GatewaySettings:
    ports = wire[1]
    return GatewaySettings(
        keys_dir=keys,
        identity_port=ports["identity"],
        company_port=ports["company"],
        notification_port=ports["notification"],
        public_url="https://portal.example.org",
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(settings: GatewaySettings) -> AsyncIterator[FastAPI]:
    created = create_app(settings)
    async with created.router.lifespan_context(created):
        yield created


@pytest_asyncio.fixture(loop_scope="session")
async def http(app: FastAPI, services: ServicesOnTheWire) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="https://portal.example.org") as client:
        yield client


@pytest.fixture
def claire() -> dict[str, str]:
    """Headers of an administrator."""
    return {"Authorization": "Bearer claires-token"}


@pytest.fixture
def bruno() -> dict[str, str]:
    """Headers of a requester, who reads English."""
    return {"Authorization": "Bearer brunos-token"}


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.fixture
def administrator(http: httpx.AsyncClient, services: ServicesOnTheWire) -> Browser:
    """Claire's browser: she administers the company, where two access requests wait."""
    second = AccessRequest()
    second.CopyFrom(PENDING)
    second.id = "request-2"
    services.replies["ListCompanyAccessRequests"] = ListCompanyAccessRequestsResponse(
        access_requests=[PENDING, second]
    )
    http.cookies.set(COOKIE, "claires-token")
    return Browser(http)
