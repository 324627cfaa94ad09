"""Mails that identity owes to an account, and what their links and codes are worth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.identity.domain.account import Account, SignUp
from services.identity.domain.tokens import Purpose, new_id

MOST_CODE_ATTEMPTS = 10
DOUBLE_CLICK = timedelta(minutes=1)


class NoticeKind(StrEnum):
    """Which mail; the value is its stable name."""

    ACCOUNT_VERIFICATION = "account_verification"
    ACCOUNT_EXISTS = "account_exists"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR_CHANGED = "second_factor_changed"

    @property
    def purpose(self) -> Purpose | None:
        """What its token opens, or None where the mail has no link that opens anything."""
        return {
            NoticeKind.ACCOUNT_VERIFICATION: Purpose.ACCOUNT_VERIFICATION,
            NoticeKind.PASSWORD_RESET: Purpose.PASSWORD_RESET,
        }.get(self)


@dataclass(eq=False)
class Notice:
    """One mail to one account.

    `used_at` is when its token or code did what it is for; `ended_at` when a newer notice or a new
    password took its worth away. `expires_at` is None where it carries no token. `detail` says what the
    mail is about, where its kind does not say it all.
    """

    id: str
    account_id: str
    kind: NoticeKind
    created_at: datetime
    expires_at: datetime | None = None
    sign_up_id: str | None = None
    code_attempts: int = 0
    used_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str = ""

    @classmethod
    def create(
        cls,
        kind: NoticeKind,
        account: Account,
        *,
        at: datetime,
        life: timedelta | None = None,
        sign_up: SignUp | None = None,
        detail: str = "",
    ) -> "Notice":
        return cls(
            id=new_id(),
            account_id=account.id,
            kind=kind,
            created_at=at,
            expires_at=at + life if life else None,
            sign_up_id=sign_up.id if sign_up else None,
            detail=detail,
        )

    def is_open(self, at: datetime) -> bool:
        """Says whether its token still works for the first time."""
        return self.used_at is None and self.ended_at is None and self.is_fresh(at)

    def is_fresh(self, at: datetime) -> bool:
        """Says whether its token has time left, used or not."""
        return self.expires_at is None or at < self.expires_at

    def is_recent(self, at: datetime) -> bool:
        """Says whether its mail is still on its way: another one would only be a double."""
        return at < self.created_at + DOUBLE_CLICK

    def takes_codes(self, at: datetime) -> bool:
        """Says whether its code may be typed: not too late, not after too many wrong ones."""
        return self.is_fresh(at) and self.code_attempts < MOST_CODE_ATTEMPTS

    def count_wrong_code(self) -> None:
        self.code_attempts += 1

    def has_worked(self) -> bool:
        return self.used_at is not None

    def use(self, *, at: datetime) -> None:
        self.used_at = self.used_at or at
