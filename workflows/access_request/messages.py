"""What the access request workflow is called, takes and gives. Ids and times only, never personal data."""

from dataclasses import dataclass, field
from datetime import datetime

from temporalio.common import SearchAttributeKey

WORKFLOW_TYPE = "AccessRequestWorkflow"
TASK_QUEUE = "access-requests"

SIREN = SearchAttributeKey.for_keyword("GuichetSiren")
STATE = SearchAttributeKey.for_keyword("GuichetState")
DEADLINE = SearchAttributeKey.for_datetime("GuichetDeadline")

PENDING = "pending"
ESCALATED = "escalated"
APPROVED = "approved"
REJECTED = "rejected"
EXPIRED = "expired"
CANCELLED = "cancelled"
NEVER_SUBMITTED = "never_submitted"

NO_ANSWER = "no_answer"
NO_ACTIVE_ADMINISTRATOR = "no_active_administrator"
MAIL_BOUNCED = "mail_bounced"


def workflow_id(siren: str, access_request_id: str) -> str:
    return f"access-request/{siren}/{access_request_id}"


@dataclass(frozen=True)
class Deadlines:
    """When silence has which effect. Fixed at submission: no reminder moves them."""

    remind_at: datetime
    escalate_at: datetime
    expire_at: datetime


@dataclass(frozen=True)
class AccessRequestInput:
    """One submitted access request.

    A run that continues a long history says in `resumed_as` in which state, in `steps_taken` how many steps
    of the timeline lie behind, and what `happened`. At the start: empty, 0, nothing.

    `steps_tell` where the first step and the last one tell by mail themselves; runs that began
    before release 0.2 have a step of its own for each mail.
    """

    access_request_id: str
    siren: str
    deadlines: Deadlines
    resumed_as: str = ""
    steps_taken: int = 0
    happened: list[str] = field(default_factory=list)
    steps_tell: bool = False


@dataclass(frozen=True)
class DecisionSignal:
    """Argument of `approve` and `reject`: a decision that the company service has recorded."""

    decision_id: str


@dataclass(frozen=True)
class ReminderSignal:
    """Argument of `remind`: a reminder that the company service has recorded."""

    reminder_id: str


@dataclass(frozen=True)
class CancelSignal:
    """Argument of `cancel`."""

    access_request_id: str


@dataclass(frozen=True)
class AdministratorsChangedSignal:
    """Argument of `administrators_changed`: who decides for this company is another set of accounts."""

    siren: str


@dataclass(frozen=True)
class AccessRequestOutcome:
    """How it ended: approved, rejected, expired, cancelled or never_submitted."""

    state: str


@dataclass(frozen=True)
class AccessRequestDescription:
    """Answer of the query `describe`.

    `waiting_for` is empty once it ended; `undelivered` counts the announcements still on their way.
    """

    state: str
    waiting_for: str
    until: datetime | None
    undelivered: int
    happened: list[str]


@dataclass(frozen=True)
class Submission:
    """What the first step looks for."""

    access_request_id: str
    siren: str


@dataclass(frozen=True)
class Escalation:
    """An access request to escalate, and why."""

    access_request_id: str
    reason: str


@dataclass(frozen=True)
class Announcement:
    """Something that happened and that people are told.

    `event` is received, reminded (with its `reminder_id`), escalated, approved, rejected, expired or
    cancelled.
    """

    access_request_id: str
    event: str
    reminder_id: str = ""


@dataclass(frozen=True)
class Announced:
    """How many were told, and how many of their mailboxes refuse mail."""

    sent: int
    failed: int


@dataclass(frozen=True)
class Confirmed:
    """Whether it was submitted, and who was told of it; None where the mails could not be sent at once."""

    submitted: bool
    told: Announced | None = None


@dataclass(frozen=True)
class Settled:
    """Its state and, where it has ended, who was told; None where the mails could not be sent at once."""

    state: str
    told: Announced | None = None
