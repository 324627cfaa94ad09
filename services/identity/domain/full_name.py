"""What a person's name may hold."""

import unicodedata

from services.platform.errors import InvalidArgument

LONGEST_NAME = 100
# Far beyond any name: refused before it costs anything to read.
LONGEST_READ = 4096

# Control characters, lone surrogates, characters for private use, line and paragraph separators.
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
# Marks that reorder the text around them (Unicode Standard Annex 9), and what opens markup.
REFUSED_CHARACTERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069<>")
# Letters and symbols of no width or no ink: Hangul fillers, the blank braille pattern.
INVISIBLE_CHARACTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
INVISIBLE_CATEGORIES = frozenset({"Cf", "Cn", "Mn", "Me", "Zs"})


def parse_full_name(typed: str) -> str:
    """Returns a name in NFC, without the spaces around it.

    Raises:
        InvalidArgument: invalid_text, name_empty (nothing to see: spaces, zero-width characters),
            name_too_long (over 100 characters).
    """
    if len(typed) > LONGEST_READ:
        raise InvalidArgument("name_too_long", field="full_name")
    for character in typed:
        if character in REFUSED_CHARACTERS or unicodedata.category(character) in REFUSED_CATEGORIES:
            raise InvalidArgument("invalid_text", field="full_name")
    name = unicodedata.normalize("NFC", typed).strip().strip("\u200b\u2060\ufeff").strip()
    if not any(map(is_visible, name)):
        raise InvalidArgument("name_empty", field="full_name")
    if len(name) > LONGEST_NAME:
        raise InvalidArgument("name_too_long", field="full_name")
    return name


def is_visible(character: str) -> bool:
    return (
        character not in INVISIBLE_CHARACTERS and unicodedata.category(character) not in INVISIBLE_CATEGORIES
    )
