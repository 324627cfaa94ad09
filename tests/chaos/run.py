"""What the invariants look at, each thing found once."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from tests.chaos.evidence import AccessRequest, Account, Decision, Evidence, Reminder
from tests.chaos.journal import Journal
from tests.chaos.past import Past, told


@dataclass(frozen=True)
class Rules:
    """What a run allows.

    `margin` is for how long a workflow may have been held up: what happened so short before the end of
    an access request need not have reached its mails. `grace` is how late an expiry may come.
    """

    margin: timedelta
    grace: timedelta
    sends_in_flight: int = 10


@dataclass(frozen=True)
class Run:
    """A journal, and the evidence that was gathered after it."""

    journal: Journal
    evidence: Evidence
    rules: Rules

    @cached_property
    def past(self) -> Past:
        return told(self.evidence.audit_events)

    @cached_property
    def accounts(self) -> dict[str, Account]:
        return {one.id: one for one in self.evidence.accounts}

    @cached_property
    def account_ids(self) -> dict[str, str]:
        """Accounts by address."""
        return {one.email.lower(): one.id for one in self.evidence.accounts}

    @cached_property
    def access_requests(self) -> dict[str, AccessRequest]:
        return {one.id: one for one in self.evidence.access_requests}

    @cached_property
    def decisions(self) -> dict[str, list[Decision]]:
        """Decisions by access request."""
        found: dict[str, list[Decision]] = defaultdict(list)
        for one in self.evidence.decisions:
            found[one.access_request_id].append(one)
        return found

    @cached_property
    def reminders(self) -> dict[str, list[Reminder]]:
        """Reminders by access request."""
        found: dict[str, list[Reminder]] = defaultdict(list)
        for one in self.evidence.reminders:
            found[one.access_request_id].append(one)
        return found
