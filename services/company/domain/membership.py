"""An account's place in a company, and the rule that a claimed company always has an administrator."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.company.domain.errors import (
    AlreadyMember,
    AlreadyPending,
    LastAdministrator,
    MembershipSuspended,
    NotAnAdministrator,
    NotFoundHere,
)


class Role(StrEnum):
    MEMBER = "member"
    ADMINISTRATOR = "administrator"


class MembershipState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Membership:
    """What an account may do in a company."""

    id: str
    account_id: str
    siren: str
    company_name: str
    role: Role
    state: MembershipState
    created_at: datetime

    @property
    def active(self) -> bool:
        return self.state is MembershipState.ACTIVE

    @property
    def decides(self) -> bool:
        """Whether it is that of an active administrator."""
        return self.active and self.role is Role.ADMINISTRATOR

    def changed(
        self, *, role: Role | None, state: MembershipState | None, other_administrators: int
    ) -> "Membership":
        """Returns the membership with another role or state; None leaves it.

        Raises:
            LastAdministrator: nobody else could decide for the company.
        """
        after = replace(self, role=role or self.role, state=state or self.state)
        if self.decides and not after.decides and not other_administrators:
            raise LastAdministrator
        return after

    def require_may_end(self, *, other_administrators: int) -> None:
        """Raises LastAdministrator where nobody else could decide for the company."""
        if self.decides and not other_administrators:
            raise LastAdministrator


@dataclass(frozen=True)
class MembershipChange:
    """What was done to a membership, once: by its own account, or by an administrator.

    `role` and `state` are those since; where it has ended, those until then.
    """

    account_id: str
    siren: str
    company_name: str
    by_own_account: bool
    role: Role
    state: MembershipState
    changed_at: datetime


@dataclass(frozen=True)
class Standing:
    """How an account stands to a company that it asks to enter, at a time of the database's clock.

    `administered` says whether the company has an active administrator, who is to be asked.
    """

    pending_id: str | None
    membership: MembershipState | None
    administered: bool
    now: datetime

    def require_neither_member_nor_pending(self) -> None:
        """Raises AlreadyPending, AlreadyMember or MembershipSuspended where there is nothing to ask for."""
        if self.pending_id is not None:
            raise AlreadyPending(self.pending_id)
        if self.membership is not None:
            raise AlreadyMember if self.membership is MembershipState.ACTIVE else MembershipSuspended


def require_active(membership: Membership | None) -> Membership:
    """Returns the membership of someone who may see the company; strangers get NotFoundHere."""
    if membership is None or not membership.active:
        raise NotFoundHere
    return membership


def require_administrator(membership: Membership | None) -> Membership:
    """Returns the membership of someone who may decide for the company.

    Raises:
        NotFoundHere: a stranger.
        NotAnAdministrator: a plain member.
    """
    mine = require_active(membership)
    if not mine.decides:
        raise NotAnAdministrator
    return mine
