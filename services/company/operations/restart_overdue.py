from datetime import timedelta

import structlog
from temporalio.exceptions import WorkflowAlreadyStartedError

from services.company.operations.workflow_signals import restart
from services.company.parts import Parts

log = structlog.get_logger()

OVERDUE_AFTER = timedelta(minutes=1)
MOST_AT_ONCE = 100


async def restart_overdue(parts: Parts) -> None:
    """Starts again the workflows of access requests that are pending a minute past their deadline.

    A workflow that runs is left alone: its worker is away, or busy. One that was ended from outside would
    leave its access request pending for ever, and its people without a word. Repeating it is harmless.
    """
    async with parts.database.reading() as work:
        overdue = await work.access_requests.overdue(OVERDUE_AFTER, limit=MOST_AT_ONCE)
    for access_request in overdue:
        try:
            await restart(parts, access_request)
        except WorkflowAlreadyStartedError:
            continue
        log.warning("workflow.restarted", access_request_id=access_request.id)
