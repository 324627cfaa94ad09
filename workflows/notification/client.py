"""How a service has a mail delivered, in the transaction that makes it due."""

from datetime import timedelta

from temporalio.client import Client

from workflows.notification.messages import TASK_QUEUE, WORKFLOW_TYPE, NotificationInput, workflow_id

LONGEST_CALL = timedelta(seconds=5)


class Notifications:
    """Starts one workflow per event."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def deliver(self, notification: NotificationInput) -> None:
        """Returns once Temporal has acknowledged, and raises temporalio's RPCError otherwise."""
        await self._client.start_workflow(
            WORKFLOW_TYPE,
            notification,
            id=workflow_id(notification.kind, notification.subject_id),
            task_queue=TASK_QUEUE,
            static_summary=f"Mail {notification.kind}",
            rpc_timeout=LONGEST_CALL,
        )
