"""Codes for the day on which the telephone is lost. Each works once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.identity.domain.tokens import new_id

HOW_MANY = 10
# Without what is read one for another: 0 and o, 1, i and l.
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
GROUPS = 3
GROUP_LETTERS = 4
SHOWN_FOR = timedelta(minutes=10)


@dataclass(eq=False)
class RecoverySheet:
    """Ten codes that an account was just given in a session. They derive from `id`.

    For ten minutes that session can see them again, whatever became of the answer that told them; then the
    sheet is forgotten, and nobody can. Its owner may have it forgotten before.
    """

    account_id: str
    id: str
    session_id: str
    expires_at: datetime

    @classmethod
    def give(cls, account_id: str, *, session_id: str, at: datetime) -> "RecoverySheet":
        return cls(account_id, new_id(), session_id, at + SHOWN_FOR)

    def is_shown(self, at: datetime, *, session_id: str) -> bool:
        return at < self.expires_at and session_id == self.session_id


def recovery_codes(derived: Callable[[str], bytes]) -> list[str]:
    """Returns ten codes of 59 bits, written in three groups; `derived` gives 32 secret bytes for a label."""
    return [written(int.from_bytes(derived(f"recovery_code_{number}"))) for number in range(HOW_MANY)]


def written(number: int) -> str:
    groups = []
    for _ in range(GROUPS):
        group = ""
        for _ in range(GROUP_LETTERS):
            number, letter = divmod(number, len(LETTERS))
            group += LETTERS[letter]
        groups.append(group)
    return "-".join(groups)


def normal_recovery_code(typed: str) -> str:
    """Returns what counts of a code: its letters and digits, in lower case."""
    return "".join(filter(str.isalnum, typed)).lower()
