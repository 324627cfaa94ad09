"""`python -m deploy.local`, whole and real."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from deploy.healthcheck import grpc_serves, http_serves
from deploy.local.leftovers import start_time
from tests.system.running import ROOT, running_system, started_system

PROGRAMS = {
    *("postgres", "temporal", "mailbox"),
    *("identity", "company", "notification", "worker", "gateway", "memo"),
}


@pytest.mark.timeout(240)
async def test_comes_up_heals_from_kills_and_stops_without_a_trace(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system:
        await system.until("Stop ")
        banner = system.written[system.written.index("Guichet is ready") :]
        port = system.settings["GUICHET_HTTP_PORT"]
        for said in (
            f"http://localhost:{port}\n",
            f"http://localhost:{port}/api/docs\n",
            f"http://localhost:{system.settings['GUICHET_MAILBOX_PORT']}\n",
            f"http://localhost:{system.settings['GUICHET_TEMPORAL_UI_PORT']}\n",
            f"http://localhost:{system.settings['GUICHET_MEMO_PORT']}\n",
            "Siren 732 829 320, code adhérent DEMO0001",
        ):
            assert said in banner
        assert "imported the demo companies" in system.written
        assert "imported the demo tools" in system.written
        assert (tmp_path / "memo" / "client-secret").stat().st_mode & 0o777 == 0o600
        first = system.process_ids()
        assert set(first) == PROGRAMS

        assert await asyncio.to_thread(http_serves, f"http://127.0.0.1:{port}/healthz")
        company = f"127.0.0.1:{system.settings['GUICHET_COMPANY_PORT']}"
        assert await asyncio.to_thread(grpc_serves, company, "worker")
        assert not await asyncio.to_thread(grpc_serves, company, "nonsense")

        again = await ended(tmp_path, **system.settings)
        assert again[0] == 1
        assert again[1].startswith(
            f"Guichet runs already on {tmp_path} (process {system.process.pid}): stop it"
        )
        assert again[1].count("\n") == 1

        for name in ("company", "postgres"):
            os.kill(first[name], signal.SIGKILL)
            await system.until(f"{name:<12} | was ended by SIGKILL; starting it again")
        await system.until(f"{'company':<12} | is ready again")
        await system.until(f"{'postgres':<12} | is ready again")
        await system.until_ready()
        second = system.process_ids()
        assert {name for name in PROGRAMS if first[name] != second[name]} == {"company", "postgres"}

        system.process.send_signal(signal.SIGTERM)
        assert await system.process.wait() == 0
    assert [start_time(process_id) for process_id in {*first.values(), *second.values()}] == [""] * 11
    assert not (tmp_path / "environment").exists()
    assert sorted(os.listdir(tmp_path / "run")) == ["lock"]


async def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code, written = await ended(tmp_path, GUICHET_HTTP_PORT=str(port))
    assert code == 1
    complaint = next(line for line in written.splitlines() if str(port) in line)
    assert "the portal and its API" in complaint
    assert "GUICHET_HTTP_PORT" in complaint
    assert not (tmp_path / "logs").exists()


async def test_a_wrong_setting_is_one_line_and_code_2(tmp_path: Path) -> None:
    code, written = await ended(tmp_path, GUICHET_COMPANY_PORT="many")
    assert code == 2
    assert written.startswith("wrong settings: GUICHET_COMPANY_PORT: ")
    assert written.count("\n") == 1


async def test_a_signal_during_the_start_stops_what_has_started(tmp_path: Path) -> None:
    async with started_system(tmp_path) as system:
        await system.until("postgres     | is ready")
        started = set(system.process_ids().values())
        system.process.send_signal(signal.SIGINT)
        assert await system.process.wait() == 0
    assert "postgres" in system.written
    assert "Guichet is ready" not in system.written
    assert {start_time(process_id) for process_id in started} == {""}


async def ended(state: Path, **settings: str) -> tuple[int | None, str]:
    """Runs it to its end. Returns its code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local"),
        env={**os.environ, **settings, "GUICHET_STATE_DIR": str(state)},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate()
    return process.returncode, written.decode()
