"""Applies `AccessRequest.settle` in a transaction. Shared by whatever must know the final state."""

from datetime import datetime

from services.company.domain.access_request import AccessRequest, State
from services.company.domain.ids import new_id
from services.company.domain.membership import Membership, MembershipState, Role
from services.company.operations.workflow_signals import tell_administrators_changed
from services.company.parts import Parts
from services.company.storage.unit_of_work import UnitOfWork


async def settle(
    parts: Parts, work: UnitOfWork, access_request: AccessRequest, *, now: datetime, by: str
) -> bool:
    """Brings an access request to its final state if anything calls for it. Returns whether it changed.

    The caller holds the company's lock, so that the set of administrators cannot change meanwhile, and
    then the access request's.
    """
    authors = {one.decided_by for one in access_request.decisions if one.outcome is None}
    if not access_request.pending or not (authors or access_request.expired_at(now)):
        return False
    administrators = await work.memberships.administrators_among(access_request.siren, authors)
    decided = access_request.settle(now=now, administrators=administrators)
    await work.access_requests.save(access_request, decided)
    decision = access_request.decision
    if decision is not None and access_request.state is State.APPROVED:
        role = decision.role or Role.MEMBER
        await work.memberships.grant(
            Membership(
                id=new_id(),
                account_id=access_request.account_id,
                siren=access_request.siren,
                company_name=access_request.company_name,
                role=role,
                state=MembershipState.ACTIVE,
                created_at=now,
            )
        )
        if role is Role.ADMINISTRATOR:
            await tell_administrators_changed(parts, work, access_request.siren)
    for one in decided:
        await work.audit.add(
            f"decision_{one.outcome}",
            by=one.decided_by,
            siren=access_request.siren,
            account_id=access_request.account_id,
            access_request_id=access_request.id,
            decision_id=one.id,
            verdict=one.verdict,
            role=one.role or "",
            settled_by=by,
        )
    if access_request.state is State.EXPIRED:
        await work.audit.add(
            "access_request_expired",
            by=by,
            siren=access_request.siren,
            account_id=access_request.account_id,
            access_request_id=access_request.id,
        )
    return True
