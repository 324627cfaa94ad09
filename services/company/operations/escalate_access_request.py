from services.company.domain.access_request import AccessRequest, EscalationReason
from services.company.parts import Parts


async def escalate_access_request(
    parts: Parts, access_request_id: str, *, reason: EscalationReason, by: str
) -> AccessRequest:
    """Widens the audience of a pending access request. The first reason is kept.

    A company without an active administrator is its own reason, whatever else was given, and no reason at
    all where an administrator is active.
    """
    async with parts.database.unit_of_work() as work:
        await work.companies.lock_of(access_request_id, shared=True)
        access_request, now = await work.access_requests.lock(access_request_id)
        if not await work.memberships.administrators(access_request.siren):
            reason = EscalationReason.NO_ACTIVE_ADMINISTRATOR
        elif reason is EscalationReason.NO_ACTIVE_ADMINISTRATOR:
            return access_request
        if access_request.escalate(reason, now=now):
            await work.access_requests.save(access_request)
            await work.audit.add(
                "access_request_escalated",
                by=by,
                siren=access_request.siren,
                account_id=access_request.account_id,
                access_request_id=access_request.id,
                reason=reason,
            )
            await work.commit()
    return access_request
