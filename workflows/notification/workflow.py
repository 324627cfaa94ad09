"""One mail that is owed outside an access request."""

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from workflows.insist import MAIL_AT_ONCE, MAIL_IS_GIVEN_UP_AFTER, PATIENTLY, insist
    from workflows.notification.activities import NotificationActivities
    from workflows.notification.messages import WORKFLOW_TYPE, NotificationInput, NotificationOutcome


@workflow.defn(name=WORKFLOW_TYPE)
class DeliverNotification:
    """Insists until the relay has the mail, for three days; then the mail shows as abandoned."""

    @workflow.run
    async def run(self, notification: NotificationInput) -> NotificationOutcome:
        workflow.set_current_details(f"Waiting for the mail relay to take {notification.kind}")
        try:
            outcome = await insist(
                NotificationActivities.deliver,
                notification,
                summary=f"Send {notification.kind}",
                at_once=MAIL_AT_ONCE,
                retries=PATIENTLY,
                give_up_after=MAIL_IS_GIVEN_UP_AFTER,
            )
        except FailureError:
            outcome = await insist(
                NotificationActivities.abandon_delivery, notification, summary=f"Give up {notification.kind}"
            )
        workflow.set_current_details(
            f"{outcome.sent} sent, {outcome.failed} refused, {outcome.abandoned} given up"
        )
        return outcome
