from services.company.domain.access_request import Origin, Reminder, State
from services.company.domain.ids import new_id
from services.company.parts import Parts


async def record_automatic_reminder(
    parts: Parts, access_request_id: str, *, by: str
) -> tuple[State, Reminder | None]:
    """Records that the clock reminds the administrators. Returns the reminder where mails are due.

    A repeat returns the same reminder, so that whoever lost the first answer still sends its mails.
    """
    async with parts.database.unit_of_work() as work:
        access_request, now = await work.access_requests.lock(access_request_id)
        new = Reminder(new_id(), Origin.AUTOMATIC, now)
        reminder = access_request.remind_automatically(new, parts.settings.reminder_policy)
        if reminder is new:
            await work.access_requests.add_reminder(access_request, new)
            await work.access_requests.save(access_request)
            await work.audit.add(
                "administrators_reminded",
                by=by,
                siren=access_request.siren,
                account_id=access_request.account_id,
                access_request_id=access_request.id,
                reminder_id=new.id,
                origin=new.origin,
            )
            await work.commit()
    return access_request.state, reminder
