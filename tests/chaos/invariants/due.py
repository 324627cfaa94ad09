"""Which mails people had to get, by what identity and company keep; the ledger has no say in it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.chaos.evidence import AccessRequest, AuditEvent
from tests.chaos.run import Run
from workflows.notification.messages import (
    MEMBERSHIP_ENDED,
    MEMBERSHIP_REINSTATED,
    MEMBERSHIP_ROLE_CHANGED,
    MEMBERSHIP_SUSPENDED,
)
from workflows.recipients import fingerprint

DECIDED = {"approved": "access_request_approved", "rejected": "access_request_rejected"}


@dataclass(frozen=True)
class Due:
    """So many mails of one kind, about one access request or none (""), to one recipient."""

    kind: str
    about: str
    to: str
    recipient_id: str
    count: int = 1

    @property
    def inside(self) -> bool:
        """Whether it goes to an account, rather than to a contact on file or an operator."""
        return ":" not in self.recipient_id


def due_in(run: Run) -> Iterator[Due]:
    yield from about_accounts(run)
    yield from about_claims(run)
    yield from about_memberships(run)
    for access_request in run.evidence.access_requests:
        yield from while_it_was_open(run, access_request)
        yield from about_its_end(run, access_request)


def about_accounts(run: Run) -> Iterator[Due]:
    """One mail for each notice that no newer one replaced."""
    counts = Counter((one.kind, one.account_id) for one in run.evidence.notices if one.ended_at is None)
    for (kind, account_id), count in counts.items():
        yield to_account(run, kind, "", account_id, count)


def about_claims(run: Run) -> Iterator[Due]:
    """The contact on file hears of each first claim whose membership has not ended since."""
    ended_since: set[tuple[str, str]] = set()
    for event in sorted(run.evidence.audit_events, key=lambda one: -one.id):
        membership = event.siren or "", event.account_id or ""
        if event.kind == "membership_ended":
            ended_since.add(membership)
        elif event.kind == "administrator_granted" and membership not in ended_since:
            yield to_contact(run, "administrator_granted", "", membership[0])


def about_memberships(run: Run) -> Iterator[Due]:
    """Whose membership was changed or ended is told each time."""
    counts = Counter(
        (kind, event.account_id or "")
        for event in run.evidence.audit_events
        if (kind := told_of_membership(event)) is not None
    )
    for (kind, account_id), count in counts.items():
        yield to_account(run, kind, "", account_id, count)


def told_of_membership(event: AuditEvent) -> str | None:
    """Returns the kind of the mail that tells what an event did to a membership, if it did anything."""
    if event.kind == "membership_ended":
        return MEMBERSHIP_ENDED
    if event.kind != "membership_updated":
        return None
    if event.details["state"] == event.details["state_before"]:
        return MEMBERSHIP_ROLE_CHANGED
    return MEMBERSHIP_SUSPENDED if event.details["state"] == "suspended" else MEMBERSHIP_REINSTATED


def while_it_was_open(run: Run, one: AccessRequest) -> Iterator[Due]:
    """What is asked shortly before the end need not be told any more."""
    last_moment = one.ended_at or run.evidence.taken_at
    yield from to_administrators(run, "access_request_received", one, since=one.created_at)
    reminded_at = [
        reminder.created_at
        for reminder in run.reminders[one.id]
        if run.was_looked_at(reminder.created_at, last_moment)
    ]
    if reminded_at:
        kind, count = "access_request_reminder", len(reminded_at)
        yield from to_administrators(run, kind, one, since=min(reminded_at), count=count)
    if one.escalated_at and run.was_looked_at(one.escalated_at, last_moment):
        kind = "access_request_escalated"
        yield to_contact(run, kind, one.id, one.siren)
        for email in run.evidence.operators:
            yield Due(kind, one.id, email.lower(), f"operator:{fingerprint(email)}")


def about_its_end(run: Run, one: AccessRequest) -> Iterator[Due]:
    if one.ended_at is None:
        return
    if one.state in DECIDED:
        yield to_account(run, DECIDED[one.state], one.id, one.account_id)
        deciders = {each.decided_by for each in run.decisions[one.id] if each.outcome == "applied"}
        for due in to_administrators(run, "access_request_settled", one, since=one.ended_at):
            if due.recipient_id not in deciders:
                yield due
    elif one.state == "expired":
        yield to_account(run, "access_request_expired", one.id, one.account_id)
        yield from to_administrators(run, "access_request_expired", one, since=one.ended_at)
    else:
        yield from to_administrators(run, "access_request_cancelled", one, since=one.ended_at)


def to_administrators(
    run: Run, kind: str, one: AccessRequest, *, since: datetime, count: int = 1
) -> Iterator[Due]:
    """To those who decided for the company from a moment on to this day: whenever the mail was written,
    it was for them.
    """
    for account_id in run.past.administrators(one.siren, since) - {one.account_id}:
        yield to_account(run, kind, one.id, account_id, count)


def to_account(run: Run, kind: str, about: str, account_id: str, count: int = 1) -> Due:
    return Due(kind, about, run.accounts[account_id].email.lower(), account_id, count)


def to_contact(run: Run, kind: str, about: str, siren: str) -> Due:
    email = run.evidence.contacts[siren]
    return Due(kind, about, email.lower(), f"contact:{fingerprint(email)}")
