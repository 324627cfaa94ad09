from services.company.domain.access_request import Verdict
from services.company.domain.text import words
from services.company.operations.deciding import Decided, decide
from services.company.parts import Parts
from services.platform.errors import InvalidArgument
from services.platform.idempotency import Once


async def reject_access_request(
    parts: Parts,
    access_request_id: str,
    *,
    reason: str,
    once: Once,
) -> Decided:
    """Records a rejection, whose reason the requester reads, and waits until it is applied."""
    told = words(reason, field="reason")
    if not told:
        raise InvalidArgument("reason_required", field="reason")
    return await decide(
        parts,
        access_request_id,
        verdict=Verdict.REJECT,
        role=None,
        reason=told,
        once=once,
        signal=parts.workflows.reject,
    )
