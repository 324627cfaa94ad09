"""Codes for the day on which the telephone is lost. Each works once."""

import secrets

HOW_MANY = 10
# Without what is read one for another: 0 and o, 1, i and l.
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
GROUPS = 3
GROUP_LETTERS = 4


def new_recovery_codes() -> list[str]:
    """Returns ten codes of 59 random bits, written in three groups."""
    return ["-".join(new_group() for _ in range(GROUPS)) for _ in range(HOW_MANY)]


def new_group() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS))


def normal_recovery_code(typed: str) -> str:
    """Returns what counts of a code: its letters and digits, in lower case."""
    return "".join(filter(str.isalnum, typed)).lower()
