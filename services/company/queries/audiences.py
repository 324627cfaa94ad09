"""What workflows ask. Each waits for a transaction that is changing what it returns: its workflow was
started or signalled from within it, and may run before the commit.
"""

from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import Membership, MembershipChange
from services.company.storage.repositories.access_requests import Audience
from services.company.storage.unit_of_work import Database


async def confirm_access_request(
    access_request_id: str, siren: str, *, database: Database
) -> Audience | None:
    """Returns an access request and whom mails are for, or None where its submission was rolled back."""
    async with database.unit_of_work() as work:
        await work.companies.wait_for_changes(siren)
        return await work.access_requests.audience(access_request_id)


async def get_access_request_audience(access_request_id: str, *, database: Database) -> Audience:
    """Raises NotFoundHere where there is no such access request."""
    async with database.unit_of_work() as work:
        await work.companies.lock_of(access_request_id, shared=True)
        await work.access_requests.wait_for_changes(access_request_id)
        audience = await work.access_requests.audience(access_request_id)
    if audience is None:
        raise NotFoundHere
    return audience


async def get_membership_audience(
    membership_id: str, siren: str, *, database: Database
) -> tuple[Membership | None, str]:
    """Returns a membership, or None where its grant was rolled back or it has ended, and the address of
    the company's contact on file.
    """
    async with database.unit_of_work() as work:
        company = await work.companies.wait_for_changes(siren)
        membership = await work.memberships.get(membership_id)
    return membership, company.contact_email if company else ""


async def get_membership_change(change_id: str, siren: str, *, database: Database) -> MembershipChange | None:
    """Returns what was done to a membership of a company, or None where that was rolled back."""
    async with database.unit_of_work() as work:
        await work.companies.wait_for_changes(siren)
        return await work.audit.membership_change(change_id, siren)
