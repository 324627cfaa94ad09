"""The only wiring: settings, database, workflow engine, servicer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from guichet.company.v1.company_service_pb2_grpc import add_CompanyServiceServicer_to_server
from services.company.domain.member_code import MemberCodes
from services.company.operations.restart_overdue import restart_overdue
from services.company.parts import Parts
from services.company.servicer import CALLERS, SERVICE, CompanyServicer
from services.company.settings import CompanySettings
from services.company.storage.changes import Changes
from services.company.storage.retention import forget_old_rows
from services.company.storage.unit_of_work import Database
from services.platform.connections import Connections, open_connections
from services.platform.database import database_url, migrate, plain_dsn
from services.platform.logging import configure_logging
from services.platform.rpc_server import serve
from services.platform.service_identity import ServiceIdentity, TrustedServices
from services.platform.workflow_engine import connect
from workflows.access_request.client import AccessRequestWorkflows
from workflows.access_request.messages import TASK_QUEUE
from workflows.notification.client import Notifications
from workflows.sign_on.client import SignOnWorkflows

log = structlog.get_logger()

MIGRATIONS = Path(__file__).parent / "storage" / "migrations"
LONGEST_CHECK = timedelta(seconds=2)
# A worker asks for tasks again at least once a minute.
LONGEST_SILENCE_OF_A_WORKER = timedelta(seconds=75)
BETWEEN_CLEANINGS = timedelta(hours=1)
BETWEEN_LOOKS_AT_OVERDUE = timedelta(minutes=1)


async def run(settings: CompanySettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    configure_logging(settings)
    identity = ServiceIdentity("company", settings.keys_directory)
    url = database_url(settings, "company")
    await migrate(url, MIGRATIONS)
    temporal = await connect(settings, lazy=True)

    async def workflow_engine_answers() -> None:
        await temporal.service_client.check_health(timeout=LONGEST_CHECK)

    async with (
        open_connections(url, most=2 * settings.database_pool_size) as connections,
        wired(settings, identity, connections, temporal) as parts,
    ):
        await serve(
            address=f"{settings.bind_host}:{settings.company_port}",
            callers={SERVICE: CALLERS},
            trusted=TrustedServices(settings.keys_directory),
            register=lambda server: add_CompanyServiceServicer_to_server(CompanyServicer(parts), server),
            checks={
                "database": connections.answer,
                "listener": parts.changes.listening,
                "workflow_engine": workflow_engine_answers,
            },
            notices={"worker": lambda: worker_polls(temporal)},
            draining=parts.changes.close,
        )


@contextlib.asynccontextmanager
async def wired(
    settings: CompanySettings, identity: ServiceIdentity, connections: Connections, temporal: Client
) -> AsyncIterator[Parts]:
    """Puts the parts together for the length of a block, on a database that is migrated already."""
    changes = Changes(plain_dsn(database_url(settings, "company")))
    parts = Parts(
        settings=settings,
        database=Database(connections),
        changes=changes,
        workflows=AccessRequestWorkflows(temporal),
        notifications=Notifications(temporal),
        sign_ons=SignOnWorkflows(temporal),
        member_codes=MemberCodes(identity.secret),
    )
    background = [
        asyncio.create_task(task)
        for task in (
            changes.run(),
            again_and_again(BETWEEN_CLEANINGS, lambda: forget_old_rows(connections)),
            again_and_again(BETWEEN_LOOKS_AT_OVERDUE, lambda: restart_overdue(parts)),
        )
    ]
    try:
        yield parts
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)


async def worker_polls(temporal: Client) -> None:
    """Raises where no worker has asked for workflow tasks lately."""
    described = await temporal.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=temporal.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=LONGEST_CHECK,
    )
    oldest = datetime.now(UTC) - LONGEST_SILENCE_OF_A_WORKER
    if not any(poller.last_access_time.ToDatetime(UTC) > oldest for poller in described.pollers):
        raise ConnectionError("no worker asks for tasks")


async def again_and_again(interval: timedelta, chore: Callable[[], Awaitable[None]]) -> None:
    """Does a chore for as long as the service lives; a failure waits for the next time."""
    while True:
        try:
            await chore()
        # Whatever it is must not end the chore: the next round tells again.
        except Exception as error:
            log.warning("chore.failed", error=type(error).__name__)
        await asyncio.sleep(interval.total_seconds())
