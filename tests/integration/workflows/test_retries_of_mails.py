"""A relay that is away for hours is not asked every ten seconds, whichever workflow owes the mail."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Worker

from tests.integration.workflows.fakes import Desk
from workflows.access_request.client import AccessRequestWorkflows
from workflows.access_request.messages import AccessRequestInput, Deadlines, workflow_id
from workflows.access_request.workflow import AccessRequestWorkflow
from workflows.failures import trying_again
from workflows.notification.messages import ACCOUNT_EXISTS, NotificationInput, NotificationOutcome
from workflows.notification.workflow import DeliverNotification

QUEUE = "retries-of-mails"
PATIENT = [timedelta(minutes=5)]


def longest_intervals(history: WorkflowHistory) -> Sequence[timedelta]:
    """Returns the longest interval between two tries of each activity that was scheduled."""
    return [
        event.activity_task_scheduled_event_attributes.retry_policy.maximum_interval.ToTimedelta()
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]


async def test_a_mail_about_an_access_request_is_tried_again_patiently(temporal: Client) -> None:
    desk = Desk(delivered=deque(["mail_deferred", "mail_deferred"]), outcome="approved")
    now, id_, siren = datetime.now(UTC), uuid4().hex, "732829320"
    deadlines = Deadlines(*(now + timedelta(days=days) for days in (2, 7, 30)))
    names = (
        "confirm_and_tell",
        "settle_and_tell",
        "record_automatic_reminder",
        "escalate",
        "announce",
        "abandon",
    )
    activities = [getattr(desk, name) for name in names]
    async with Worker(
        temporal, task_queue="access-requests", workflows=[AccessRequestWorkflow], activities=activities
    ):
        workflows = AccessRequestWorkflows(temporal)
        await workflows.start(AccessRequestInput(id_, siren, deadlines))
        await workflows.approve(siren, id_, "decision-1")
        handle = temporal.get_workflow_handle(workflow_id(siren, id_))
        await handle.result()
        assert set(longest_intervals(await handle.fetch_history())) == set(PATIENT)


async def test_any_other_mail_is_tried_again_patiently(temporal: Client) -> None:
    @activity.defn(name="deliver")
    async def deliver(notification: NotificationInput) -> NotificationOutcome:
        if activity.info().is_local or activity.info().attempt == 1:
            raise trying_again("mail_deferred", "451 later")
        return NotificationOutcome(sent=1, failed=0, abandoned=0)

    async with Worker(temporal, task_queue=QUEUE, workflows=[DeliverNotification], activities=[deliver]):
        handle = await temporal.start_workflow(
            DeliverNotification.run,
            NotificationInput(ACCOUNT_EXISTS, "notice-1"),
            id=uuid4().hex,
            task_queue=QUEUE,
        )
        assert (await handle.result()).sent == 1
        assert longest_intervals(await handle.fetch_history()) == PATIENT
