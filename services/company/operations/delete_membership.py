from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import require_active, require_administrator
from services.company.operations.workflow_signals import tell_administrators_changed
from services.company.parts import Parts
from workflows.notification.messages import MEMBERSHIP_ENDED, NotificationInput
from workflows.sign_on.messages import LostMembership


async def delete_membership(parts: Parts, siren: str, account_id: str, *, by: str) -> None:
    """Ends a membership, for administrators of its company and for its own account.

    A suspended account may not end its own: it could ask again as if nothing had happened.

    Raises:
        NotFoundHere: the acting account is a stranger, or there is no such membership.
        NotAnAdministrator, LastAdministrator
    """
    async with parts.database.unit_of_work() as work:
        await work.companies.lock(siren)
        actor = await work.memberships.of(by, siren)
        if by == account_id:
            require_active(actor)
        else:
            require_administrator(actor)
        membership = await work.memberships.of(account_id, siren)
        if membership is None:
            raise NotFoundHere
        others = [one for one in await work.memberships.administrators(siren) if one != account_id]
        membership.require_may_end(other_administrators=len(others))
        await work.memberships.end(membership)
        change_id = await work.audit.add(
            "membership_ended",
            by=by,
            siren=siren,
            account_id=account_id,
            membership_id=membership.id,
            role=membership.role,
            state=membership.state,
        )
        await parts.notifications.deliver(NotificationInput(MEMBERSHIP_ENDED, change_id, siren))
        if membership.decides:
            await tell_administrators_changed(parts, work, siren)
        await parts.sign_ons.end_sign_ons(LostMembership(membership.id, account_id, siren))
        await work.commit()
