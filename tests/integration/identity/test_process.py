"""The real process: its start, its health, what it writes down, its end."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

from deploy.local.program import Program, free_ports, running
from guichet.identity.v1 import identity_service_pb2 as rpc
from guichet.identity.v1.sign_on_service_pb2 import CheckClientSecretRequest
from services.identity.domain.notice import NoticeKind
from services.identity.servicer import SERVICE
from services.identity.settings import Settings
from services.identity.sign_on_servicer import SERVICE as SIGN_ON
from services.identity.storage.tables import metadata
from services.platform.errors import InvalidArgument, Unauthenticated
from tests.integration.identity.acting import Person
from tests.integration.identity.running import MovedClock, RunningIdentity, new_email, refused
from tests.integration.identity.signing_on import registered

CANARY = "canari-jaune-cage-ouverte-31"


async def healthy(address: str, name: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        answer = await check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_process_serves_tells_its_health_keeps_secrets_and_ends_cleanly(
    identity: RunningIdentity, identity_settings: Settings, tmp_path: Path
) -> None:
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    keys = identity_settings.keys_directory
    program = Program(
        name="identity",
        argv=(sys.executable, "-m", "services.identity"),
        ready=lambda: healthy(address, SERVICE),
        environment={
            "GUICHET_IDENTITY_PORT": str(port),
            "GUICHET_DATABASE_URL": identity_settings.database_url,
            "GUICHET_TEMPORAL_ADDRESS": identity_settings.temporal_address,
            "GUICHET_KEYS_DIR": str(keys),
            "GUICHET_LOG_LEVEL": "debug",
        },
    )
    log_file = tmp_path / "identity.log"
    email, other = new_email("canari"), new_email("canari")
    secrets = [CANARY, email, other]
    async with running(program, log_file) as process:
        for name in ("", "database", "workflow_engine", SIGN_ON):
            await healthy(address, name)
        served = RunningIdentity(address, identity.parts, MovedClock(), keys)
        await served.sign_up(email, password=CANARY)
        notice = await served.newest_notice(email, NoticeKind.ACCOUNT_VERIFICATION)
        await served.gateway.VerifyAccount(rpc.VerifyAccountRequest(token=notice.token))
        with refused(InvalidArgument, "password_weak"):
            await served.sign_up(other, password=f"{other}-{CANARY}")
        with refused(Unauthenticated, "invalid_credentials"):
            await served.sign_in(email, password=f"{CANARY}!")
        session = (await served.sign_in(email, password=CANARY)).token
        reset = await served.reset_token(email)
        secrets += [notice.token, notice.code, session, reset]
        await served.gateway.GetSession(rpc.GetSessionRequest(token=session))
        secrets += await sign_on_secrets(served, session)
        await served.close()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await process.wait() == 0
    written = log_file.read_text()
    assert "listening" in written
    assert [secret for secret in secrets if secret in written] == []


async def test_no_table_holds_a_usable_secret(identity: RunningIdentity, identity_settings: Settings) -> None:
    """Whoever reads the database alone can neither sign in nor follow a mail."""
    email = new_email()
    await identity.verified_account(email, password=CANARY)
    session = (await identity.sign_in(email, password=CANARY, key="canari")).token
    secrets = [CANARY, session, await identity.reset_token(email), *await sign_on_secrets(identity, session)]
    dump: list[str] = []
    async with identity.parts.database.reader.connect() as connection:
        for table in metadata.tables:
            rows = await connection.exec_driver_sql(f"SELECT t::text FROM {table} t")  # noqa: S608
            dump += rows.scalars().all()
    written = "\n".join(dump)
    assert email in written
    assert [secret for secret in secrets if secret in written] == []


async def sign_on_secrets(identity: RunningIdentity, session: str) -> list[str]:
    """Signs on to a tool, and returns every secret that it takes."""
    relying = await registered(identity)
    code = await relying.code(Person("", "", session))
    issued = await relying.redeem(code)
    request = CheckClientSecretRequest(client_id=relying.id, client_secret=relying.secret)
    assert (await identity.sign_on().CheckClientSecret(request)).valid
    return [relying.secret, code, issued.access_token, issued.refresh_token, issued.id_token]


def test_a_wrong_setting_ends_the_process_with_one_line_that_names_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.identity"],
        env={**os.environ, "GUICHET_SESSION_LIFE": "-PT1H"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "GUICHET_SESSION_LIFE" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
