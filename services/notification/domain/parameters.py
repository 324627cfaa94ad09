"""How the text of a parameter is read: what a mail says must not be able to change its form."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

Value = str | int | bool | datetime
Reader = Callable[[str], Value]

LONGEST_TEXT = 4_000
# The characters that turn the direction of what follows: U+202A to U+202E, and U+2066 to U+2069.
BIDI_CONTROLS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def line(written: str) -> str:
    """Reads one line of text.

    Raises:
        ValueError: a control character, a line end or a bidirectional override, or over 4,000 characters.
    """
    if len(written) > LONGEST_TEXT:
        raise ValueError("too long")
    for character in written:
        if character in BIDI_CONTROLS or unicodedata.category(character) in FORBIDDEN_CATEGORIES:
            raise ValueError(f"character {ord(character):#06x}")
    return written.strip()


def lines(written: str) -> str:
    """Reads text of several lines. Each of them as `line` does."""
    if len(written) > LONGEST_TEXT:
        raise ValueError("too long")
    return "\n".join(line(one) for one in written.replace("\r\n", "\n").split("\n")).strip()


def moment(written: str) -> datetime:
    """Reads a time in RFC 3339 that names its offset."""
    read = datetime.fromisoformat(written)
    if read.tzinfo is None:
        raise ValueError("no offset")
    return read.astimezone(UTC)


def count(written: str) -> int:
    """Reads a number that is not negative."""
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise ValueError("no number")
    return int(written)


def flag(written: str) -> bool:
    """Reads "true", or nothing."""
    return choice("true", "false", "")(written) == "true"


def choice(*known: str) -> Callable[[str], str]:
    """Returns a reader that lets only these through."""

    def read(written: str) -> str:
        if written not in known:
            raise ValueError(f"none of {', '.join(known)}")
        return written

    return read
