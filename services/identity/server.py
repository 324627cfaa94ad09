"""The only wiring: settings, database, workflow engine, servicer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import structlog

from guichet.identity.v1.identity_service_pb2_grpc import add_IdentityServiceServicer_to_server
from guichet.identity.v1.sign_on_service_pb2_grpc import add_SignOnServiceServicer_to_server
from services.identity import servicer as identity_servicer
from services.identity import sign_on_servicer
from services.identity.domain.notice import Notice
from services.identity.domain.tokens import Tokens
from services.identity.operations.end_expired_grants import end_expired_grants
from services.identity.operations.tell_owed_logouts import tell_owed_logouts
from services.identity.operations.tend_keys import tend_keys
from services.identity.parts import Clock, Parts
from services.identity.passkeys import Passkeys
from services.identity.passwords import Passwords
from services.identity.settings import Settings
from services.identity.signer import Signer
from services.identity.storage.limits import Limits
from services.identity.storage.retention import forget_old_rows
from services.identity.storage.unit_of_work import Database
from services.platform.connections import open_connections
from services.platform.database import create_engine, database_url, migrate
from services.platform.logging import configure_logging
from services.platform.rpc_server import serve
from services.platform.rpc_unavailable import workflow_engine_is_away
from services.platform.service_identity import ServiceIdentity, TrustedServices
from services.platform.workflow_engine import connect
from workflows.notification.client import Notifications
from workflows.notification.messages import NotificationInput
from workflows.sign_on.client import SignOnWorkflows

log = structlog.get_logger()

CALLERS = {
    identity_servicer.SERVICE: identity_servicer.CALLERS,
    sign_on_servicer.SERVICE: sign_on_servicer.CALLERS,
}
MIGRATIONS = Path(__file__).parent / "storage" / "migrations"
LONGEST_CHECK = timedelta(seconds=2)

Chore = Callable[[Parts], Awaitable[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


async def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logging(settings)
    identity = ServiceIdentity("identity", settings.keys_directory)
    url = database_url(settings, "identity")
    await migrate(url, MIGRATIONS)
    async with wired(settings, identity) as parts:
        keeping_house = asyncio.create_task(keep_house(parts))
        try:
            await serve(
                address=f"{settings.bind_host}:{settings.identity_port}",
                callers=CALLERS,
                trusted=TrustedServices(settings.keys_directory),
                register=lambda server: register(server, parts, identity),
                checks={
                    "database": parts.connections.answer,
                    "workflow_engine": parts.workflow_engine_answers,
                },
            )
        finally:
            keeping_house.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping_house


def register(server: grpc.aio.Server, parts: Parts, identity: ServiceIdentity) -> None:
    add_IdentityServiceServicer_to_server(identity_servicer.IdentityServicer(parts, identity), server)
    add_SignOnServiceServicer_to_server(sign_on_servicer.SignOnServicer(parts, identity), server)


@contextlib.asynccontextmanager
async def wired(
    settings: Settings, identity: ServiceIdentity, *, clock: Clock = utc_now
) -> AsyncIterator[Parts]:
    """Puts the parts together for the length of a block, on a database that is migrated already."""
    url = database_url(settings, "identity")
    engine = create_engine(url, pool_size=settings.database_pool_size)
    temporal = await connect(settings, lazy=True)
    notifications = Notifications(temporal)
    sign_ons = SignOnWorkflows(temporal)
    passwords = Passwords(at_once=settings.passwords_at_once)

    async def deliver(notice: Notice) -> None:
        await notifications.deliver(NotificationInput(kind=notice.kind.value, subject_id=notice.id))

    async def tell_logout(grant_id: str) -> bool:
        try:
            await sign_ons.tell_logout(grant_id)
        # The client raises what it likes while its server is away.
        except Exception as error:
            if not workflow_engine_is_away(error):
                raise
            log.warning("logout.owed", grant_id=grant_id, error=type(error).__name__)
            return False
        return True

    async def workflow_engine_answers() -> None:
        await temporal.service_client.check_health(timeout=LONGEST_CHECK)

    tokens = Tokens(identity.secret)
    async with open_connections(url, most=2 * settings.database_pool_size) as connections:
        parts = Parts(
            settings=settings,
            database=Database(engine, deliver, tell_logout),
            connections=connections,
            limits=Limits(engine),
            passwords=passwords,
            passkeys=Passkeys(settings.public_url),
            tokens=tokens,
            signer=Signer(tokens),
            clock=clock,
            tell_logout=tell_logout,
            workflow_engine_answers=workflow_engine_answers,
        )
        try:
            await tend_keys(parts)
            yield parts
        finally:
            passwords.close()
            await engine.dispose()


async def keep_house(parts: Parts) -> None:
    """Sees to what time brings, again and again. A tool waits for a logout, old rows for nobody."""
    settings = parts.settings
    async with asyncio.TaskGroup() as group:
        group.create_task(
            again_and_again(
                parts,
                settings.logout_interval,
                {"expired_grants": end_expired_grants, "owed_logouts": tell_owed_logouts},
            )
        )
        group.create_task(
            again_and_again(
                parts, settings.retention_interval, {"signing_keys": tend_keys, "retention": forget}
            )
        )


async def forget(parts: Parts) -> None:
    await forget_old_rows(parts.database.engine, at=parts.clock())


async def again_and_again(parts: Parts, interval: timedelta, chores: Mapping[str, Chore]) -> None:
    """Does chores in turn; what fails waits for the next round."""
    while True:
        for name, chore in chores.items():
            try:
                await chore(parts)
            # Whatever it is, it must not end the service; the next round tells again.
            except Exception as error:
                log.warning("chore.failed", chore=name, error=type(error).__name__)
        await asyncio.sleep(interval.total_seconds())
