"""What the access request workflow is called, takes and gives. Ids and times only, never personal data."""

from dataclasses import dataclass
from datetime import datetime

from temporalio.common import SearchAttributeKey

WORKFLOW_TYPE = "AccessRequestWorkflow"
TASK_QUEUE = "access-requests"

SIREN = SearchAttributeKey.for_keyword("GuichetSiren")
STATE = SearchAttributeKey.for_keyword("GuichetState")
DEADLINE = SearchAttributeKey.for_datetime("GuichetDeadline")

PENDING = "pending"
ESCALATED = "escalated"


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

    `resumed_as` is the state that a long history was continued in; empty at the start.
    """

    access_request_id: str
    siren: str
    deadlines: Deadlines
    resumed_as: str = ""
    reminded: bool = False


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
    """Answer of the query `describe`."""

    state: str
    waiting_for: str
    until: datetime | None
    reminded: int
    undelivered: int
