from services.company.domain.access_request import Verdict
from services.company.domain.membership import Role
from services.company.domain.text import words
from services.company.operations.deciding import Decided, decide
from services.company.parts import Parts
from services.platform.idempotency import Once


async def approve_access_request(
    parts: Parts,
    access_request_id: str,
    *,
    role: Role,
    reason: str,
    once: Once,
) -> Decided:
    """Records an approval that grants `role`, and waits until it is applied."""
    return await decide(
        parts,
        access_request_id,
        verdict=Verdict.APPROVE,
        role=role,
        reason=words(reason, field="reason"),
        once=once,
        signal=parts.workflows.approve,
    )
