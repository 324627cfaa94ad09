"""The worker process: `python -m workflows.worker`."""

import asyncio
import contextlib
import signal
from datetime import timedelta
from importlib.metadata import version

import httpx
import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from guichet.company.v1.company_service_pb2_grpc import CompanyServiceStub
from guichet.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from guichet.identity.v1.sign_on_service_pb2_grpc import SignOnServiceStub
from guichet.notification.v1.notification_service_pb2_grpc import NotificationServiceStub
from services.platform.logging import configure_logging
from services.platform.rpc_client import open_channel
from services.platform.service_identity import ServiceIdentity
from services.platform.settings import load
from services.platform.workflow_engine import connect
from workflows.access_request.activities import AccessRequestActivities
from workflows.access_request.messages import TASK_QUEUE
from workflows.access_request.workflow import AccessRequestWorkflow
from workflows.malformed_signals import DropMalformedSignals
from workflows.notification.activities import NotificationActivities
from workflows.notification.workflow import DeliverNotification
from workflows.services import Services
from workflows.settings import WorkerSettings
from workflows.sign_on.activities import LONGEST_ANSWER, SignOnActivities
from workflows.sign_on.workflow import BackchannelLogout, EndSignOns

log = structlog.get_logger()

WORKFLOWS = (AccessRequestWorkflow, DeliverNotification, EndSignOns, BackchannelLogout)


async def run(settings: WorkerSettings) -> None:
    """Works until SIGTERM or SIGINT, then ends what it has begun."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    client = await connected(settings, stopping)
    if client is None:
        return
    async with contextlib.AsyncExitStack() as stack:
        services = await open_services(settings, stack)
        tools = await stack.enter_async_context(httpx.AsyncClient(timeout=LONGEST_ANSWER.total_seconds()))
        worker = create_worker(client, services, tools, settings.cached_workflows)
        working = asyncio.create_task(worker.run())
        log.info("working", task_queue=TASK_QUEUE, temporal=settings.temporal_target)
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        log.info("stopping")
        await worker.shutdown()
        await working
    log.info("stopped")


async def connected(settings: WorkerSettings, stopping: asyncio.Event) -> Client | None:
    """Returns a client once Temporal answers, or None where the worker is stopped before."""
    while not stopping.is_set():
        try:
            return await connect(settings)
        except (RPCError, RuntimeError) as error:
            log.warning("temporal.away", temporal=settings.temporal_target, error=str(error).splitlines()[0])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), timeout=1)
    return None


async def open_services(settings: WorkerSettings, stack: contextlib.AsyncExitStack) -> Services:
    identity = ServiceIdentity("worker", settings.keys_directory)
    channels = [
        await stack.enter_async_context(open_channel(address, service=service, identity=identity))
        for address, service in (
            (settings.identity_address, "guichet.identity.v1.IdentityService"),
            (settings.company_address, "guichet.company.v1.CompanyService"),
            (settings.notification_address, "guichet.notification.v1.NotificationService"),
        )
    ]
    return Services(
        identity=IdentityServiceStub(channels[0]),
        sign_on=SignOnServiceStub(channels[0]),
        company=CompanyServiceStub(channels[1]),
        notification=NotificationServiceStub(channels[2]),
    )


def create_worker(
    client: Client, services: Services, tools: httpx.AsyncClient, cached_workflows: int
) -> Worker:
    """Returns a worker of every workflow and activity.

    It runs workflows without the sandbox, which takes a third of a worker's time: tests run them in it
    (docs/decisions/0012). A sticky queue is left after one second, so that a signal does not wait ten for
    a worker that was killed. The release is shown in the Temporal UI; without it the SDK would hash every
    module at start.
    """
    access_requests = AccessRequestActivities(services)
    notifications = NotificationActivities(services)
    sign_ons = SignOnActivities(services, tools)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=WORKFLOWS,
        activities=[
            access_requests.confirm,
            access_requests.confirm_and_tell,
            access_requests.settle,
            access_requests.settle_and_tell,
            access_requests.record_automatic_reminder,
            access_requests.escalate,
            access_requests.announce,
            access_requests.abandon,
            notifications.deliver,
            notifications.abandon_delivery,
            sign_ons.end_sign_ons,
            sign_ons.tell_logout,
        ],
        interceptors=[DropMalformedSignals()],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("guichet", version("guichet")), use_worker_versioning=False
        ),
        max_cached_workflows=cached_workflows,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


if __name__ == "__main__":
    loaded = load(WorkerSettings)
    configure_logging(loaded)
    uvloop.run(run(loaded))
