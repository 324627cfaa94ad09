"""What the notification workflow is called, takes and gives. Ids only, never personal data."""

from dataclasses import dataclass

WORKFLOW_TYPE = "DeliverNotification"
TASK_QUEUE = "access-requests"

ACCOUNT_VERIFICATION = "account_verification"
ACCOUNT_EXISTS = "account_exists"
PASSWORD_RESET = "password_reset"
PASSWORD_CHANGED = "password_changed"
SECOND_FACTOR_CHANGED = "second_factor_changed"
ADMINISTRATOR_GRANTED = "administrator_granted"
MEMBERSHIP_ENDED = "membership_ended"
MEMBERSHIP_SUSPENDED = "membership_suspended"
MEMBERSHIP_REINSTATED = "membership_reinstated"
MEMBERSHIP_ROLE_CHANGED = "membership_role_changed"
CLAIMS_LOCKED = "claims_locked"

ACCOUNT_NOTICES = (
    ACCOUNT_VERIFICATION,
    ACCOUNT_EXISTS,
    PASSWORD_RESET,
    PASSWORD_CHANGED,
    SECOND_FACTOR_CHANGED,
)
MEMBERSHIP_CHANGES = (
    MEMBERSHIP_ENDED,
    MEMBERSHIP_SUSPENDED,
    MEMBERSHIP_REINSTATED,
    MEMBERSHIP_ROLE_CHANGED,
)


def workflow_id(kind: str, subject_id: str) -> str:
    return f"notification/{kind}/{subject_id}"


@dataclass(frozen=True)
class NotificationInput:
    """One event to tell.

    `subject_id` is the account notice (identity's kinds), the membership (`administrator_granted`), the
    change of a membership (`membership_…`), or names the event alone (`claims_locked`); these with the
    company's `siren`.
    """

    kind: str
    subject_id: str
    siren: str = ""


@dataclass(frozen=True)
class NotificationOutcome:
    """How many recipients were told, refused for good, or given up."""

    sent: int
    failed: int
    abandoned: int
