"""What surrounds every request."""

import httpx
import pytest
import structlog
from starlette.datastructures import Headers

from guichet.company.v1.company_pb2 import Membership
from guichet.company.v1.company_service_pb2 import GetOwnAccessResponse
from services.gateway.client_address import client_address
from services.gateway.frame import hostname_of
from services.gateway.settings import GatewaySettings, Network, networks
from tests.unit.gateway.services_on_the_wire import ServicesOnTheWire


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:443", "portal.example.org.evil", "", "[::1", "a b"]
)
async def test_a_forged_host_is_refused(http: httpx.AsyncClient, host: str) -> None:
    for path in ("/", "/api/v1/me", "/healthz"):
        answer = await http.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_host")


@pytest.mark.parametrize(
    "host", ["portal.example.org", "PORTAL.example.org:443", "localhost:8080", "127.0.0.1:1", "[::1]:80"]
)
async def test_its_own_hosts_are_answered(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/healthz", headers={"Host": host})).status_code == 200


def test_a_host_is_read_without_its_port() -> None:
    assert hostname_of("[::1]:80") == "::1"
    assert hostname_of("a.example:80") == "a.example"
    assert hostname_of("a.example:80@evil") == ""


async def test_every_answer_has_its_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/", "/healthz", "/api/v1/me", "/nowhere", "/static/css/pages.css", "/api/docs"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["strict-transport-security"].startswith("max-age=")
        assert len(headers["x-request-id"]) == 32


async def test_a_bug_of_ours_is_logged_and_answered_without_its_text(
    http: httpx.AsyncClient, claire: dict[str, str], services: ServicesOnTheWire
) -> None:
    nonsense = Membership(siren="canary")
    services.replies["GetOwnAccess"] = GetOwnAccessResponse(memberships=[nonsense])
    with structlog.testing.capture_logs() as logs:
        answer = await http.get("/api/v1/me", headers=claire)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "KeyError" not in answer.text
    assert [entry["event"] for entry in logs] == ["request.failed", "request"]


async def test_the_log_has_the_template_of_a_path_and_no_token(http: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        await http.get("/verifier?token=canary-1")
        await http.get("/static/canary-2/portal.css")
        await http.get("/nowhere/canary-3")
        await http.get("/api/v1/me", headers={"Authorization": "Bearer canary-4"})
        await http.post("/api/v1/sessions", json={"email": "canary-5", "password": "canary-6"})
    routes = [entry["route"] for entry in logs if entry["event"] == "request"]
    assert routes == [
        "/verifier",
        "/static/{digest}/{name}",
        "none",
        "/api/v1/me",
        "/api/v1/sessions",
    ]
    assert "canary" not in str(logs)


PROXIES = networks("10.0.0.0/8, ::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("192.0.2.1", "203.0.113.9", (), "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", PROXIES, "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", PROXIES, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, nonsense", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
    ],
)
def test_a_forwarded_address_is_believed_from_a_trusted_proxy_only(
    peer: str, forwarded: str, proxies: tuple[Network, ...], address: str
) -> None:
    assert client_address(peer, httpx_headers(forwarded), proxies) == address


def httpx_headers(forwarded: str) -> Headers:
    return Headers({"x-forwarded-for": forwarded} if forwarded else {})


async def test_the_services_are_told_the_address_of_the_socket(
    http: httpx.AsyncClient, services: ServicesOnTheWire
) -> None:
    body = {"email": "a@example.com"}
    await http.post("/api/v1/password-resets", json=body, headers={"X-Forwarded-For": "203.0.113.9"})
    assert services.client_addresses == ["192.0.2.7"]


def test_lists_in_settings_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_ALLOWED_HOSTS", "a.example, B.example")
    monkeypatch.setenv("GUICHET_TRUSTED_PROXIES", "10.0.0.1,fd00::/8")
    settings = GatewaySettings()
    assert {"a.example", "b.example", "localhost"} <= settings.hosts
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]


@pytest.mark.parametrize("variable", ["GUICHET_TRUSTED_PROXIES", "GUICHET_PUBLIC_URL"])
def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nonsense")
    with pytest.raises(ValueError, match=r"validation error"):
        GatewaySettings()
