from services.company.domain.access_request import State
from services.company.operations.settling import settle
from services.company.parts import Parts
from services.company.storage.repositories.access_requests import Audience


async def settle_access_request(
    parts: Parts, access_request_id: str, *, by: str
) -> tuple[State, Audience | None]:
    """Applies the earliest decision whose author may still decide, or expiry. Repeating it is harmless.

    Returns its state and, where it has ended, whom mails are for.
    """
    async with parts.database.unit_of_work() as work:
        await work.companies.lock_of(access_request_id)
        access_request, now = await work.access_requests.lock(access_request_id)
        changed = await settle(parts, work, access_request, now=now, by=by)
        audience = None if access_request.pending else await work.access_requests.audience(access_request_id)
        if changed:
            await work.commit()
    return access_request.state, audience
