from services.company.domain.access_request import AccessRequest, State
from services.company.domain.errors import NotFoundHere
from services.company.operations.settling import settle
from services.company.operations.workflow_signals import signal_or_restart
from services.company.parts import Parts


async def cancel_access_request(parts: Parts, access_request_id: str, *, account_id: str) -> AccessRequest:
    """Withdraws an access request, for its requester. Withdrawing it twice is harmless.

    A decision that was recorded before comes first, applied or not: its author was told so.
    """
    async with parts.database.unit_of_work() as work:
        await work.companies.lock_of(access_request_id)
        access_request, now = await work.access_requests.lock(access_request_id)
        if access_request.account_id != account_id:
            raise NotFoundHere
        if access_request.state is State.CANCELLED:
            return access_request
        if await settle(parts, work, access_request, now=now, by=account_id) and not access_request.pending:
            # What ended it is kept, and refuses the withdrawal below. Were it still pending, a commit here
            # would let go of the locks, and another decision in.
            await work.commit()
        superseded = access_request.cancel(now=now)
        await work.access_requests.save(access_request, superseded)
        await work.audit.add(
            "access_request_cancelled",
            by=account_id,
            siren=access_request.siren,
            account_id=account_id,
            access_request_id=access_request.id,
        )
        await signal_or_restart(
            parts, access_request, lambda: parts.workflows.cancel(access_request.siren, access_request.id)
        )
        await work.commit()
    return access_request
