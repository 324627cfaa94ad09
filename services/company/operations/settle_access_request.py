from services.company.domain.access_request import State
from services.company.operations.settling import settle
from services.company.parts import Parts


async def settle_access_request(parts: Parts, access_request_id: str, *, by: str) -> State:
    """Applies the earliest decision whose author may still decide, or expiry. Repeating it is harmless."""
    async with parts.database.unit_of_work() as work:
        await work.companies.lock_of(access_request_id)
        access_request, now = await work.access_requests.lock(access_request_id)
        if await settle(parts, work, access_request, now=now, by=by):
            await work.commit()
    return access_request.state
