from datetime import datetime

from services.company.domain.access_request import AccessRequest, State
from services.company.domain.company import Company
from services.company.domain.errors import NotFoundHere
from services.company.domain.ids import new_id
from services.company.domain.membership import Membership, MembershipState, Role, Standing
from services.company.operations.claiming import Claim, prove, read
from services.company.operations.settling import settle
from services.company.operations.workflow_signals import tell_administrators_changed
from services.company.parts import Parts
from services.company.storage.unit_of_work import UnitOfWork
from services.platform.idempotency import Once
from services.platform.rate_limits import Use
from workflows.access_request.messages import AccessRequestInput
from workflows.notification.messages import ADMINISTRATOR_GRANTED, NotificationInput


async def request_access(
    parts: Parts, claim: Claim, *, message: str, once: Once
) -> Membership | AccessRequest:
    """Makes the first account of a company its administrator, and asks the administrators for others.

    Raises:
        InvalidArgument: siren_invalid, siret_given, invalid_text, message_too_long, all that is wrong
            together; claim_refused, company_inactive.
        AlreadyExists: already_member, membership_suspended, already_pending, idempotency_key_reused.
        ResourceExhausted: rate_limited.
    """
    siren, told = read(claim, message)
    await prove(parts, siren, claim, once.account_id)

    new = new_id()
    async with parts.database.unit_of_work() as work:
        earlier_id = await work.claim(once, new)
        if earlier_id is not None:
            return await earlier_result(work, earlier_id)
        # Two firsts at once: the second waits here, and then finds an administrator.
        company = await work.companies.lock(siren)
        standing = await settled_standing(parts, work, once.account_id, siren)
        standing.require_neither_member_nor_pending()
        if standing.administered:
            # Each is a mail to every administrator.
            asks = Use(parts.settings.submission_limit, ("submission", once.account_id, siren))
            await work.spend(asks)
            outcome: Membership | AccessRequest = await submit(
                parts, work, company, id_=new, account_id=once.account_id, message=told, now=standing.now
            )
        else:
            outcome = await grant_first(
                parts, work, company, id_=new, account_id=once.account_id, now=standing.now
            )
            await tell_administrators_changed(parts, work, siren)
        await work.commit()
    return outcome


async def earlier_result(work: UnitOfWork, id_: str) -> Membership | AccessRequest:
    earlier = await work.access_requests.get(id_) or await work.memberships.get(id_)
    if earlier is None:
        raise NotFoundHere
    return earlier


async def settled_standing(parts: Parts, work: UnitOfWork, account_id: str, siren: str) -> Standing:
    standing = await work.companies.standing(account_id, siren)
    if standing.pending_id is None:
        return standing
    access_request, now = await work.access_requests.lock(standing.pending_id)
    # Its time may be over, or a decision recorded, before its workflow has said so.
    if await settle(parts, work, access_request, now=now, by=account_id):
        standing = await work.companies.standing(account_id, siren)
    return standing


async def grant_first(
    parts: Parts, work: UnitOfWork, company: Company, *, id_: str, account_id: str, now: datetime
) -> Membership:
    membership = Membership(
        id=id_,
        account_id=account_id,
        siren=company.siren,
        company_name=company.name,
        role=Role.ADMINISTRATOR,
        state=MembershipState.ACTIVE,
        created_at=now,
    )
    await work.memberships.grant(membership)
    await work.audit.add(
        "administrator_granted", by=account_id, siren=company.siren, account_id=account_id, membership_id=id_
    )
    # The contact on file hears of it, and can contest.
    await parts.notifications.deliver(NotificationInput(ADMINISTRATOR_GRANTED, id_, company.siren))
    return membership


async def submit(
    parts: Parts,
    work: UnitOfWork,
    company: Company,
    *,
    id_: str,
    account_id: str,
    message: str,
    now: datetime,
) -> AccessRequest:
    deadlines = parts.settings.policy.deadlines(now, id_)
    access_request = AccessRequest(
        id=id_,
        siren=company.siren,
        company_name=company.name,
        account_id=account_id,
        message=message,
        state=State.PENDING,
        created_at=now,
        remind_at=deadlines.remind_at,
        escalate_at=deadlines.escalate_at,
        expire_at=deadlines.expire_at,
    )
    await work.access_requests.add(access_request)
    await work.audit.add(
        "access_request_submitted",
        by=account_id,
        siren=company.siren,
        account_id=account_id,
        access_request_id=id_,
    )
    # Started before the commit: a row without a workflow cannot exist. A workflow without a row can; its
    # first step waits for this lock, finds nothing, and ends.
    await parts.workflows.start(AccessRequestInput(id_, company.siren, deadlines))
    return access_request
