from dataclasses import dataclass, replace

from services.company.domain.company import Company
from services.company.domain.errors import NotFoundHere
from services.company.operations.claiming import Claim, prove, read
from services.company.parts import Parts


@dataclass(frozen=True)
class Opened:
    """What a right pair opens. `administered` says whether active administrators would be asked."""

    company: Company
    administered: bool


async def check_claim(parts: Parts, claim: Claim, *, message: str, account_id: str) -> Opened:
    """Says what asking for access would lead to. Only the limits of wrong pairs are written.

    No lock is held: whoever asks then is answered by what holds then.

    Raises:
        InvalidArgument: siren_invalid, siret_given, invalid_text, message_too_long, all that is wrong
            together; claim_refused, company_inactive.
        AlreadyExists: already_member, membership_suspended, already_pending.
        ResourceExhausted: rate_limited.
    """
    siren, _ = read(claim, message)
    await prove(parts, siren, claim, account_id)
    async with parts.database.reading() as work:
        company = await work.companies.get(siren)
        if company is None:
            raise NotFoundHere
        standing = await work.companies.standing(account_id, siren)
        if standing.pending_id is not None:
            pending = await work.access_requests.get(standing.pending_id)
            # Its time may be over before its workflow has said so: asking again would end it first.
            if pending is not None and pending.expired_at(standing.now):
                standing = replace(standing, pending_id=None)
    standing.require_neither_member_nor_pending()
    return Opened(company, standing.administered)
