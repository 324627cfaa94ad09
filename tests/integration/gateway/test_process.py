"""The real process: its limits, its start, what it writes down, its end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx

from deploy.local.program import free_ports, running
from services.gateway.server import LARGEST_HEAD
from tests.integration.company.people import CODE
from tests.integration.gateway.running import Gateway, gateway_program
from tests.integration.identity.running import PASSWORD, new_email

JSON = {"Content-Type": "application/json"}


async def ended(environment: dict[str, str]) -> tuple[int, str]:
    """Returns the code and the last words of a gateway that cannot start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway"),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_a_taken_port_is_one_line(gateway: Gateway) -> None:
    code, written = await ended(dict(gateway.environment))
    assert code != 0
    assert written == (
        f"127.0.0.1:{gateway.port} is taken: stop what listens there, or set GUICHET_HTTP_PORT\n"
    )


async def test_a_wrong_setting_is_one_line(gateway: Gateway) -> None:
    code, written = await ended({**gateway.environment, "GUICHET_TRUSTED_PROXIES": "nonsense"})
    assert code == 2
    assert written.count("\n") == 1
    assert "GUICHET_TRUSTED_PROXIES" in written


async def test_a_large_body_is_refused_on_the_wire(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    for content in (b" " * 2_000_000, chunks()):
        answer = await http.post("/api/v1/accounts", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    deep = await http.post("/api/v1/accounts", content=b"[" * 200_000, headers=JSON)
    assert (deep.status_code, deep.json()["code"]) == (400, "malformed_body")
    assert (await http.get("/healthz")).status_code == 200


async def test_headers_without_end_close_the_connection(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    # No byte more than it takes to be refused: what is left unread when it closes resets the connection,
    # and the answer is lost.
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ".ljust(LARGEST_HEAD + 1, b"a"))
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400")
    writer.close()


async def test_what_is_not_there_makes_it_not_ready(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert {"notification", "worker"} <= set(answer.json()["not_ready"])


async def test_it_ends_cleanly_while_someone_follows_and_has_kept_every_secret(
    gateway: Gateway, tmp_path: Path
) -> None:
    own = replace(gateway, port=free_ports(1)[0])
    log_file = tmp_path / "gateway.log"
    async with running(gateway_program(own), log_file) as process:
        async with httpx.AsyncClient(base_url=own.url, timeout=20) as http:
            claire = await own.signed_in(http, "Claire Morel")
            bruno = await own.signed_in(http, "Bruno Petit")
            claim = {"siren": await own.company.register(), "member_code": CODE}
            await http.post("/api/v1/access-requests", json=claim, headers=claire)
            asked = await http.post("/api/v1/access-requests", json=claim, headers=bruno)
            path = f"/api/v1/access-requests/{asked.json()['access_request']['id']}/events"
            email = new_email("canary")
            await http.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
            await http.get("/reinitialiser?token=canary-token")
            async with http.stream("GET", path, headers=bruno) as stream:
                lines = stream.aiter_lines()
                async for line in lines:
                    if line.startswith("data: "):
                        break
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(8):
                    assert [line async for line in lines if line.startswith("data: ")] == []
        async with asyncio.timeout(8):
            assert await process.wait() == 0
    written = log_file.read_text()
    secrets = [PASSWORD, CODE, email, "canary-token", *(who["Authorization"][7:] for who in (claire, bruno))]
    assert [secret for secret in secrets if secret in written] == []
    assert "/api/v1/access-requests/{access_request_id}/events" in written
