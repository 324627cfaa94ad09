"""The process: its start, its health, its end."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local.program import free_ports
from services.notification.server import SERVICE
from tests.integration.notification.running import (
    RunningMailbox,
    RunningNotification,
    an_event,
    running_notification,
    somebody,
)

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def health(address: str, name: str) -> int:
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
        return int(answer.status)


async def test_the_service_is_healthy_and_ends_with_0_on_sigterm(
    postgres_url: str, keys: Path, mailbox: RunningMailbox, tmp_path: Path
) -> None:
    log_file = tmp_path / "notification.log"
    claire = somebody("Claire Canari")
    async with running_notification(
        log_file, database_url=postgres_url, keys=keys, smtp_port=mailbox.smtp_port, log_level="debug"
    ) as (notification, process):
        for name in ("", SERVICE, "database", "smtp"):
            assert await health(notification.address, name) == SERVING
        await notification.send(an_event(), claire)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0
    written = log_file.read_text()
    assert "stopped" in written
    assert "Canari" not in written
    assert claire.email not in written


async def test_a_relay_that_is_away_shows_under_its_own_name_and_the_service_still_serves(
    postgres_url: str, keys: Path, tmp_path: Path
) -> None:
    [nobody_there] = free_ports(1)
    async with running_notification(
        tmp_path / "notification.log", database_url=postgres_url, keys=keys, smtp_port=nobody_there
    ) as (notification, _):
        await notification.send(an_event(), somebody())
        async with asyncio.timeout(10):
            while await health(notification.address, "smtp") != NOT_SERVING:
                await asyncio.sleep(0.1)
        assert await health(notification.address, "") == SERVING


async def test_a_taken_port_is_one_line(
    notification: RunningNotification, postgres_url: str, keys: Path
) -> None:
    port = notification.address.rpartition(":")[2]
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.notification"],
        env={
            "GUICHET_DATABASE_URL": postgres_url,
            "GUICHET_KEYS_DIR": str(keys),
            "GUICHET_NOTIFICATION_PORT": port,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "is taken" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_wrong_setting_is_one_line_that_names_it(postgres_url: str) -> None:
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.notification"],
        env={"GUICHET_DATABASE_URL": postgres_url, "GUICHET_MAIL_FROM": "nobody at all"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "GUICHET_MAIL_FROM" in ended.stderr
    assert "nobody at all" not in ended.stderr
