import httpx
import pytest

from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from tests.unit.gateway.cookies import COOKIE
from tests.unit.gateway.openid.requests import HTML
from tests.unit.gateway.openid.standing import OTHER
from tests.unit.gateway.services_on_the_wire import MEMBERSHIP, ServicesOnTheWire


@pytest.fixture
def signed_in(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.cookies.set(COOKIE, "claires-token")
    http.headers.update(HTML)
    return http


@pytest.fixture
def two_companies(services: ServicesOnTheWire) -> None:
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[MEMBERSHIP, OTHER])
