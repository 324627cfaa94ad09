"""What the invariants look at, each thing found once."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from tests.chaos.evidence import AccessRequest, Account, Decision, Evidence, Reminder
from tests.chaos.journal import Fault, Journal
from tests.chaos.past import Past, told


@dataclass(frozen=True)
class Rules:
    """What a run allows.

    `margin` is how long a workflow whose parts all serve may take to look: what happened so short before
    the end of an access request need not be told any more. `grace` is how late an expiry may come.
    """

    grace: timedelta
    margin: timedelta = timedelta(seconds=20)
    sends_in_flight: int = 10


# Without one of these no workflow goes on.
WORKFLOWS_NEED = ("worker", "temporal", "company", "postgres")


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

    def was_looked_at(self, begin: datetime, end: datetime) -> bool:
        """Whether workflows had time to look between two moments, those left out when they could not."""
        clear, since = timedelta(), begin
        for fault in self._outages:
            if fault.end > since and fault.begin < end:
                clear += max(fault.begin - since, timedelta())
                since = fault.end
        return clear + max(end - since, timedelta()) > self.rules.margin

    @cached_property
    def _outages(self) -> list[Fault]:
        found = [one for one in self.journal.faults if one.program in WORKFLOWS_NEED]
        return sorted(found, key=lambda one: one.begin)

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
