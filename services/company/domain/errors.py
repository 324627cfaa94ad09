"""The rules of this service that a call can break, each with the reason that clients branch on."""

from datetime import datetime, timedelta

from services.platform.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class NotFoundHere(NotFound):
    """It does not exist, or the acting account may not know that it does."""

    def __init__(self) -> None:
        super().__init__("not_found")


class ClaimRefused(InvalidArgument):
    """The pair of Siren and member code is not in the register. Which of the two is wrong is not told."""

    def __init__(self) -> None:
        super().__init__("claim_refused", field="member_code")


class CompanyInactive(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("company_inactive", field="siren")


class AlreadyMember(AlreadyExists):
    def __init__(self) -> None:
        super().__init__("already_member", field="siren")


class MembershipSuspended(AlreadyExists):
    def __init__(self) -> None:
        super().__init__("membership_suspended", field="siren")


class AlreadyPending(AlreadyExists):
    def __init__(self, access_request_id: str) -> None:
        super().__init__("already_pending", field="siren", access_request_id=access_request_id)


class NotAnAdministrator(PermissionDenied):
    def __init__(self) -> None:
        super().__init__("not_an_administrator")


class SelfApproval(PermissionDenied):
    def __init__(self) -> None:
        super().__init__("self_approval")


class LastAdministrator(FailedPrecondition):
    """Without this one, the company would have no active administrator."""

    def __init__(self) -> None:
        super().__init__("last_administrator")


class AlreadyDecided(FailedPrecondition):
    """Someone has decided; the metadata say who, what and when."""

    def __init__(
        self, *, access_request_id: str, verdict: str, role: str, decided_by: str, decided_at: datetime
    ) -> None:
        super().__init__(
            "already_decided",
            access_request_id=access_request_id,
            verdict=verdict,
            role=role,
            decided_by_account_id=decided_by,
            decide_time=rfc3339(decided_at),
        )


class RequestExpired(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__("request_expired")


class RequestCancelled(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__("request_cancelled")


class ReminderTooEarly(ResourceExhausted):
    def __init__(self, *, next_reminder_at: datetime, now: datetime) -> None:
        super().__init__(
            "reminder_too_early",
            retry_after=max(next_reminder_at - now, timedelta(seconds=1)),
            next_reminder_time=rfc3339(next_reminder_at),
        )


class RemindersExhausted(ResourceExhausted):
    def __init__(self) -> None:
        super().__init__("reminders_exhausted")


class ImportHasErrors(FailedPrecondition):
    def __init__(self, error_count: int) -> None:
        super().__init__("import_has_errors", error_count=str(error_count))
