"""What keeps Guichet from working here, and how to mend it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib
import asyncpg
from sqlalchemy.exc import ArgumentError
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from guichet.identity.v1.identity_service_pb2 import ListOperatorsRequest
from services.cli.connection import identity_service
from services.cli.console import CommandFailed
from services.cli.parts import Part, gateway, service
from services.cli.settings import CliSettings
from services.platform.database import database_url, plain_dsn
from services.platform.service_identity import SERVICES, ServiceIdentity
from workflows.access_request.messages import DEADLINE, SIREN, STATE

LONGEST_CHECK_SECONDS = 5.0
OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
READABLE_BY_OTHERS = 0o077
SEARCH_ATTRIBUTES = {DEADLINE.name, SIREN.name, STATE.name}
DATABASES = {"guichet_identity", "guichet_company", "guichet_notification"}


class Wrong(Exception):
    """What is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. `mend` is empty where all is well."""

    check: str
    ok: bool
    detail: str
    mend: str = ""


Check = Callable[[CliSettings], Awaitable[str]]


async def every_finding(settings: CliSettings) -> list[Finding]:
    checks: dict[str, Check] = {
        "Python": python,
        "keys": keys,
        "PostgreSQL": postgresql,
        "Temporal": temporal,
        "mail relay": mail_relay,
        "identity": identity,
        "company": company,
        "notification": notification,
        "portal": portal,
    }
    return list(await asyncio.gather(*(finding(name, check, settings) for name, check in checks.items())))


async def finding(name: str, check: Check, settings: CliSettings) -> Finding:
    try:
        async with asyncio.timeout(LONGEST_CHECK_SECONDS):
            return Finding(name, ok=True, detail=await check(settings))
    except Wrong as error:
        return Finding(name, ok=False, detail=str(error), mend=error.mend)
    except TimeoutError:
        detail = f"no answer within {LONGEST_CHECK_SECONDS:g} s"
        return Finding(
            name, ok=False, detail=detail, mend="see its log, and whether this machine is overloaded"
        )


async def python(_: CliSettings) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise Wrong(version, "install Python 3.11 or newer")
    return version


async def keys(settings: CliSettings) -> str:
    return await asyncio.to_thread(examined_keys, settings.keys_directory)


def examined_keys(folder: Path) -> str:
    try:
        ServiceIdentity("cli", folder)
    except SystemExit as missing:
        raise Wrong(f"none for the command line in {folder}", str(missing.code)) from None
    except (OSError, ValueError) as error:
        raise Wrong(f"those in {folder} cannot be read", f"mend or create them again: {error}") from None
    missing_names = [name for name in SERVICES if not (folder / f"{name}.pub").exists()]
    if missing_names:
        raise Wrong(f"no public key of {', '.join(missing_names)} in {folder}", "run `guichet keys create`")
    bare = [key.name for key in (*folder.glob("*.key"), *folder.glob("*.secret")) if is_bare(key)]
    if bare:
        raise Wrong(
            f"others can read {', '.join(sorted(bare))}", f"chmod 600 {folder}/*.key {folder}/*.secret"
        )
    return str(folder)


def is_bare(key: Path) -> bool:
    return bool(key.stat().st_mode & READABLE_BY_OTHERS)


async def postgresql(settings: CliSettings) -> str:
    mend = (
        "run `make up`, which starts one, or set GUICHET_DATABASE_URL to postgresql://user:password@host:5432"
    )
    if not settings.database_url:
        raise Wrong("no address is known", mend)
    try:
        url = database_url(settings, "doctor").set(database="postgres")
        connection = await asyncpg.connect(plain_dsn(url), timeout=LONGEST_CHECK_SECONDS)
    except ArgumentError:
        raise Wrong("GUICHET_DATABASE_URL is no address", mend) from None
    except (OSError, asyncpg.PostgresError) as error:
        where = f"{url.host}:{url.port or 5432}"
        raise Wrong(f"{where} cannot be used: {type(error).__name__}", mend) from None
    try:
        version = connection.get_server_version().major
        names = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()
    if version < OLDEST_POSTGRESQL:
        raise Wrong(f"version {version}", f"use PostgreSQL {OLDEST_POSTGRESQL} or newer")
    missing = sorted(DATABASES - names)
    if missing:
        raise Wrong(
            f"version {version}, without {', '.join(missing)}", "start the services: each creates its own"
        )
    return f"version {version} at {url.host}:{url.port or 5432}"


async def temporal(settings: CliSettings) -> str:
    target, namespace = settings.temporal_target, settings.temporal_namespace
    mend = "run `make up`, which starts one, or set GUICHET_TEMPORAL_ADDRESS and GUICHET_TEMPORAL_NAMESPACE"
    try:
        client = await Client.connect(target, namespace=namespace)
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace)
        )
    except Exception as error:
        raise Wrong(
            f"{target} (namespace {namespace}) does not answer: {type(error).__name__}", mend
        ) from None
    missing = sorted(SEARCH_ATTRIBUTES - set(known.custom_attributes))
    if missing:
        raise Wrong(
            f"{target} lacks the search attributes {', '.join(missing)}",
            "run deploy/temporal/namespace.sh, which creates them",
        )
    return f"{target}, namespace {namespace}, with its search attributes"


async def mail_relay(settings: CliSettings) -> str:
    where = f"{settings.relay_host}:{settings.relay_port}"
    try:
        async with aiosmtplib.SMTP(
            hostname=settings.relay_host,
            port=settings.relay_port,
            timeout=LONGEST_CHECK_SECONDS - 1,
            start_tls=False,
        ) as relay:
            await relay.ehlo()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Wrong(
            f"{where} does not answer: {type(error).__name__}",
            "set GUICHET_SMTP_HOST and GUICHET_SMTP_PORT; mails wait until it is back",
        ) from None
    return where


async def identity(settings: CliSettings) -> str:
    await serving("identity", settings.identity_address)
    try:
        async with identity_service(settings) as stub:
            await stub.ListOperators(ListOperatorsRequest(page_size=1))
    except CommandFailed as error:
        raise Wrong("refuses this command line", str(error)) from None
    except SystemExit as missing:
        raise Wrong("not asked: no key", str(missing.code)) from None
    return settings.identity_address


async def company(settings: CliSettings) -> str:
    return await serving("company", settings.company_address)


async def notification(settings: CliSettings) -> str:
    return await serving("notification", settings.notification_address)


async def portal(settings: CliSettings) -> str:
    return required(await gateway(settings), "GUICHET_HTTP_PORT")


async def serving(name: str, address: str) -> str:
    return required(await service(name, address), f"GUICHET_{name.upper()}_PORT")


def required(part: Part, variable: str) -> str:
    if not part.serves:
        raise Wrong(f"{part.address}: {part.detail}", f"run `make up`, or set {variable} to where it runs")
    return part.address
