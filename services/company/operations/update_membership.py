from services.company.domain.errors import NotFoundHere
from services.company.domain.membership import Membership, MembershipState, Role, require_administrator
from services.company.operations.workflow_signals import tell_administrators_changed
from services.company.parts import Parts
from workflows.notification.messages import (
    MEMBERSHIP_REINSTATED,
    MEMBERSHIP_ROLE_CHANGED,
    MEMBERSHIP_SUSPENDED,
    NotificationInput,
)
from workflows.sign_on.messages import LostMembership


async def update_membership(
    parts: Parts,
    siren: str,
    account_id: str,
    *,
    role: Role | None,
    state: MembershipState | None,
    by: str,
) -> Membership:
    """Changes the role or the state of a membership, for administrators of its company; None leaves it.

    Raises:
        NotFoundHere: the acting account is a stranger, or there is no such membership.
        NotAnAdministrator, LastAdministrator
    """
    async with parts.database.unit_of_work() as work:
        # Two administrators who demote each other take turns here: the second is none any more.
        await work.companies.lock(siren)
        require_administrator(await work.memberships.of(by, siren))
        before = await work.memberships.of(account_id, siren)
        if before is None:
            raise NotFoundHere
        others = [one for one in await work.memberships.administrators(siren) if one != account_id]
        after = before.changed(role=role, state=state, other_administrators=len(others))
        if after == before:
            return before
        await work.memberships.change(after)
        change_id = await work.audit.add(
            "membership_updated",
            by=by,
            siren=siren,
            account_id=account_id,
            membership_id=after.id,
            role_before=before.role,
            role=after.role,
            state_before=before.state,
            state=after.state,
        )
        await parts.notifications.deliver(NotificationInput(mail_of(before, after), change_id, siren))
        if after.decides != before.decides:
            await tell_administrators_changed(parts, work, siren)
        if not after.active or after.role is not before.role:
            await parts.sign_ons.end_sign_ons(LostMembership(after.id, account_id, siren))
        await work.commit()
    return after


def mail_of(before: Membership, after: Membership) -> str:
    """Returns the kind of mail that says what has changed: whether there is access comes before the role."""
    if after.active == before.active:
        return MEMBERSHIP_ROLE_CHANGED
    return MEMBERSHIP_REINSTATED if after.active else MEMBERSHIP_SUSPENDED
