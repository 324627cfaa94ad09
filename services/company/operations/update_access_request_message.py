from services.company.domain.access_request import AccessRequest
from services.company.domain.errors import NotFoundHere
from services.company.domain.text import words
from services.company.parts import Parts
from services.platform.rate_limits import Use


async def update_access_request_message(
    parts: Parts, access_request_id: str, *, message: str, account_id: str
) -> AccessRequest:
    """Changes the words to the administrators, for the requester. The same words again change nothing.

    Raises:
        InvalidArgument: invalid_text, message_too_long.
        AlreadyDecided, RequestExpired, RequestCancelled: it has ended.
        ResourceExhausted: rate_limited.
    """
    told = words(message, field="message")
    async with parts.database.unit_of_work() as work:
        access_request, now = await work.access_requests.lock(access_request_id)
        if access_request.account_id != account_id:
            raise NotFoundHere
        earlier = access_request.message
        if access_request.reword(told, now=now):
            # The audit keeps each of them.
            await work.spend(Use(parts.settings.message_limit, ("message", account_id, access_request_id)))
            await work.access_requests.save(access_request)
            await work.audit.add(
                "access_request_reworded",
                by=account_id,
                siren=access_request.siren,
                account_id=access_request.account_id,
                access_request_id=access_request.id,
                earlier_message=earlier,
            )
            await work.commit()
    return access_request
