"""What people may write: normalised to NFC, and free of characters that deceive or break a line."""

import re
import unicodedata

from services.company.domain.errors import NotFoundHere
from services.platform.errors import InvalidArgument

LONGEST_WORDS = 500
BIDI_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
IDENTIFIER = re.compile(r"[0-9A-Za-z-]{1,40}")


def is_plain(text: str) -> bool:
    """Whether a text has no control character, line break, lone surrogate or bidi control."""
    return not any(
        character in BIDI_CONTROLS or unicodedata.category(character) in REFUSED_CATEGORIES
        for character in text
    )


def words(text: str, *, field: str) -> str:
    """Returns words from one person to another, in NFC and without spaces around them.

    Raises:
        InvalidArgument: invalid_text, `<field>_too_long` for over 500 characters.
    """
    normal = unicodedata.normalize("NFC", text).strip()
    if not is_plain(normal):
        raise InvalidArgument("invalid_text", field=field)
    if len(normal) > LONGEST_WORDS:
        raise InvalidArgument(f"{field}_too_long", field=field)
    return normal


def identifier(text: str) -> str:
    """Returns an identifier, or raises NotFoundHere where it cannot be one."""
    if IDENTIFIER.fullmatch(text) is None:
        raise NotFoundHere
    return text
