from services.company.domain.access_request import AccessRequest, Origin, Reminder
from services.company.domain.errors import NotFoundHere
from services.company.domain.ids import new_id
from services.company.operations.workflow_signals import signal_or_restart
from services.company.parts import Parts
from services.platform.idempotency import Once


async def remind_administrators(parts: Parts, access_request_id: str, *, once: Once) -> AccessRequest:
    """Nudges the administrators again, for the requester.

    Raises:
        ReminderTooEarly, RemindersExhausted: the policy does not allow it now, or any more.
        AlreadyDecided, RequestExpired, RequestCancelled: it has ended.
    """
    reminder_id = new_id()
    async with parts.database.unit_of_work() as work:
        repeated = await work.claim(once, reminder_id) is not None
        access_request, now = await work.access_requests.lock(access_request_id)
        if access_request.account_id != once.account_id:
            raise NotFoundHere
        if repeated:
            return access_request
        reminder = Reminder(reminder_id, Origin.REQUESTER, now)
        access_request.remind(reminder, parts.settings.reminder_policy)
        await work.access_requests.add_reminder(access_request, reminder)
        await work.access_requests.save(access_request)
        await work.audit.add(
            "administrators_reminded",
            by=once.account_id,
            siren=access_request.siren,
            account_id=access_request.account_id,
            access_request_id=access_request.id,
            reminder_id=reminder.id,
            origin=reminder.origin,
        )
        await signal_or_restart(
            parts,
            access_request,
            lambda: parts.workflows.remind(access_request.siren, access_request.id, reminder.id),
        )
        await work.commit()
    return access_request
