"""An access request: what may happen to it, and which of several decisions becomes final."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.company.domain.errors import (
    AlreadyDecided,
    NotAnAdministrator,
    NotFoundHere,
    RemindersExhausted,
    ReminderTooEarly,
    RequestCancelled,
    RequestExpired,
    SelfApproval,
)
from services.company.domain.membership import Membership, Role


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Outcome(StrEnum):
    """What became of a recorded decision."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"  # another ending came first
    REFUSED = "refused"  # its author may not decide any more, or it came too late


class EscalationReason(StrEnum):
    NO_ANSWER = "no_answer"
    NO_ACTIVE_ADMINISTRATOR = "no_active_administrator"
    MAIL_BOUNCED = "mail_bounced"
    CONTESTED = "contested"


class Origin(StrEnum):
    REQUESTER = "requester"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Reminder:
    id: str
    origin: Origin
    created_at: datetime


@dataclass(frozen=True)
class ReminderPolicy:
    """At most so many reminders, of any origin, each a cooldown after the mail before it."""

    cooldown: timedelta
    maximum: int


@dataclass
class Decision:
    """A verdict as an administrator recorded it. It counts once `settle` has applied it."""

    id: str
    verdict: Verdict
    role: Role | None
    reason: str
    decided_by: str
    created_at: datetime
    outcome: Outcome | None = None


@dataclass
class AccessRequest:
    """An account's ask to enter a company. Times are those of the database, in UTC."""

    id: str
    siren: str
    company_name: str
    account_id: str
    message: str
    state: State
    created_at: datetime
    remind_at: datetime
    escalate_at: datetime
    expire_at: datetime
    escalated_at: datetime | None = None
    escalation_reason: EscalationReason | None = None
    ended_at: datetime | None = None
    revision: int = 1
    reminders: list[Reminder] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def pending(self) -> bool:
        return self.state is State.PENDING

    @property
    def decision(self) -> Decision | None:
        """The decision that was applied."""
        return next((one for one in self.decisions if one.outcome is Outcome.APPLIED), None)

    def expired_at(self, now: datetime) -> bool:
        return now >= self.expire_at

    def settle(self, *, now: datetime, administrators: Collection[str]) -> list[Decision]:
        """Brings the access request to its final state if anything recorded, or the time, calls for it.

        The first decision recorded before expiry wins, if its author is one of the active
        `administrators` now and is not the requester. Repeating it changes nothing.

        Returns the decisions whose outcome it has fixed.
        """
        if not self.pending:
            return []
        undecided = [one for one in self.decisions if one.outcome is None]
        counting = [one for one in undecided if self._counts(one, administrators)]
        first = min(counting, key=lambda one: (one.created_at, one.id), default=None)
        for decision in undecided:
            decision.outcome = Outcome.SUPERSEDED if decision in counting else Outcome.REFUSED
        if first is not None:
            first.outcome = Outcome.APPLIED
            self._end(State.APPROVED if first.verdict is Verdict.APPROVE else State.REJECTED, now)
        elif self.expired_at(now):
            self._end(State.EXPIRED, now)
        return undecided

    def _counts(self, decision: Decision, administrators: Collection[str]) -> bool:
        return (
            decision.created_at < self.expire_at
            and decision.decided_by in administrators
            and decision.decided_by != self.account_id
        )

    def _end(self, state: State, now: datetime) -> None:
        self.state = state
        self.ended_at = now
        self.revision += 1

    def record(self, decision: Decision, *, by: Membership | None) -> None:
        """Adds a decision that is still to be applied.

        Raises:
            SelfApproval, NotAnAdministrator, NotFoundHere: its author may not decide.
            AlreadyDecided, RequestExpired, RequestCancelled: it has ended.
        """
        if decision.decided_by == self.account_id:
            raise SelfApproval if decision.verdict is Verdict.APPROVE else NotAnAdministrator
        if by is None or not by.active:
            raise NotFoundHere
        if not by.decides:
            raise NotAnAdministrator
        self.require_open(decision.created_at)
        self.decisions.append(decision)

    def cancel(self, *, now: datetime) -> list[Decision]:
        """Withdraws it. Returns the decisions that this supersedes."""
        self.require_open(now)
        superseded = [one for one in self.decisions if one.outcome is None]
        for decision in superseded:
            decision.outcome = Outcome.SUPERSEDED
        self._end(State.CANCELLED, now)
        return superseded

    def reword(self, message: str, *, now: datetime) -> bool:
        """Changes the words to the administrators. Returns whether they differ.

        Raises:
            AlreadyDecided, RequestExpired, RequestCancelled: it has ended.
        """
        self.require_open(now)
        if message == self.message:
            return False
        self.message = message
        self.revision += 1
        return True

    def remind(self, reminder: Reminder, policy: ReminderPolicy) -> None:
        """Adds a reminder.

        Raises:
            ReminderTooEarly: the administrators had a mail less than a cooldown ago.
            RemindersExhausted: no reminder is left.
            AlreadyDecided, RequestExpired, RequestCancelled: it has ended.
        """
        self.require_open(reminder.created_at)
        if len(self.reminders) >= policy.maximum:
            raise RemindersExhausted
        earliest = self._last_mailed_at() + policy.cooldown
        if reminder.created_at < earliest:
            raise ReminderTooEarly(next_reminder_at=earliest, now=reminder.created_at)
        self.reminders.append(reminder)
        self.revision += 1

    def remind_automatically(self, reminder: Reminder, policy: ReminderPolicy) -> Reminder | None:
        """Adds the clock's reminder, of which there is one at most.

        Returns the reminder that mails are due for, the earlier one where it is a repeat; None where it
        has ended, or the administrators were reminded less than a cooldown ago.
        """
        if not self.pending or self.expired_at(reminder.created_at):
            return None
        for earlier in self.reminders:
            if earlier.origin is Origin.AUTOMATIC:
                return earlier
        reminded_lately = any(
            reminder.created_at < earlier.created_at + policy.cooldown for earlier in self.reminders
        )
        if reminded_lately or len(self.reminders) >= policy.maximum:
            return None
        self.reminders.append(reminder)
        self.revision += 1
        return reminder

    def next_reminder_at(self, policy: ReminderPolicy) -> datetime | None:
        """From when the requester may remind, or None where that will not be."""
        if not self.pending or len(self.reminders) >= policy.maximum:
            return None
        return self._last_mailed_at() + policy.cooldown

    def _last_mailed_at(self) -> datetime:
        return max((one.created_at for one in self.reminders), default=self.created_at)

    def escalate(self, reason: EscalationReason, *, now: datetime) -> bool:
        """Widens its audience, if it is pending; the first reason is kept. Returns whether it changed."""
        if not self.pending or self.escalated_at is not None:
            return False
        self.escalated_at = now
        self.escalation_reason = reason
        self.revision += 1
        return True

    def require_open(self, now: datetime) -> None:
        """Raises AlreadyDecided, RequestExpired or RequestCancelled where it has ended, or should have."""
        self.require_unended()
        if self.expired_at(now):
            raise RequestExpired

    def require_unended(self) -> None:
        """Raises AlreadyDecided, RequestExpired or RequestCancelled where it has ended."""
        if self.decision is not None:
            raise AlreadyDecided(
                access_request_id=self.id,
                verdict=self.decision.verdict,
                role=self.decision.role or "",
                decided_by=self.decision.decided_by,
                decided_at=self.decision.created_at,
            )
        if self.state is State.CANCELLED:
            raise RequestCancelled
        if self.state is State.EXPIRED:
            raise RequestExpired
