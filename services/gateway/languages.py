"""Which language to answer in: the account's, else the first that Accept-Language and Guichet share; and
the texts of each.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_datetime

from services.platform.organisation import spellings

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
PARIS = ZoneInfo("Europe/Paris")
LOCALES = {"fr": Locale.parse("fr_FR"), "en": Locale.parse("en_GB")}
LONG = {"fr": "EEEE d\u00a0MMMM 'à'\u00a0H\u00a0'h'\u00a0mm", "en": "EEEE d\u00a0MMMM 'at'\u00a0HH:mm"}
FRENCH_DAY = re.compile(r"\bd\b")
LONGEST_HEADER = 200
ORGANISATION = re.compile(r"\{((?:de_|a_)?organisation|Organisation)\}")
WIDE = re.compile(r" (?=[:»])|(?<=«) ")
ENCLITIC = re.compile(r"-(?=(?:le|la|les|lui|leur|moi|vous|en|y|là|ci|je|il)\b)")
E_MAIL = re.compile(r"(?<=[Ee])-(?=mail)")
NO_BREAK_HYPHEN = "\u2011"
NARROW_SPACE = "\u202f"
NARROW = re.compile(r" (?=[;?!])")
IN_NUMBER = re.compile(r"(?<=\d) (?=\d{3,4}(?!\d))")


# The organisation's name inside a sentence, by language: the request's frame sets it from the settings.
organisations: ContextVar[Mapping[str, str]] = ContextVar(
    "organisations", default=MappingProxyType({"fr": "l’Opcommerce", "en": "Opcommerce"})
)


def translated(subject: str, language: str) -> Mapping[str, Any]:
    """Returns the texts of `translations/<language>/<subject>.toml`, in the organisation's name."""
    return texts_of(subject, language, organisations.get()[language])


@cache
def texts_of(subject: str, language: str, organisation: str) -> Mapping[str, Any]:
    """Returns texts that name the organisation in place of {organisation} and its other spellings."""
    names = spellings(organisation)

    def named(text: str) -> str:
        return ORGANISATION.sub(lambda found: names[found[1]], text)

    written = (TRANSLATIONS / language / f"{subject}.toml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = each_text(typeset(tomllib.loads(written), language), named)
    return found


def typeset(texts: Any, language: str) -> Any:
    """Keeps together what a line must not part: e-mail and numbers; in French, what stands before : ; ? ! »
    and after «, and a verb with its pronoun.
    """

    def whole(text: str) -> str:
        text = IN_NUMBER.sub(NARROW_SPACE, E_MAIL.sub(NO_BREAK_HYPHEN, text))
        if language != "fr":
            return text
        text = ENCLITIC.sub(NO_BREAK_HYPHEN, text)
        return NARROW.sub(NARROW_SPACE, WIDE.sub("\u00a0", text))

    return each_text(texts, whole)


def each_text(texts: Any, change: Callable[[str], str]) -> Any:
    """Changes every text of a document, however deep."""
    if isinstance(texts, dict):
        return {name: each_text(text, change) for name, text in texts.items()}
    if isinstance(texts, list):
        return [each_text(text, change) for text in texts]
    return change(texts) if isinstance(texts, str) else texts


def negotiated(accept_language: str) -> str:
    """Returns "fr" or "en" for an Accept-Language header; French where it names neither, or is broken.

    Source: RFC 9110, 12.5.4.
    """
    best, best_quality = DEFAULT_LANGUAGE, 0.0
    for entry in accept_language[:LONGEST_HEADER].split(","):
        tag, _, parameter = entry.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = quality_of(parameter)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def quality_of(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def siren(digits: str) -> str:
    """Writes 732829320 as 732 829 320, without a line break inside."""
    return NARROW_SPACE.join((digits[:3], digits[3:6], digits[6:]))


def written_time(when: datetime, pattern: str, language: str) -> str:
    """Writes a time by a pattern of Babel, on the clock of Paris; a French month begins on « 1er »."""
    at = when.astimezone(PARIS)
    if language == "fr" and at.day == 1:
        pattern = FRENCH_DAY.sub("d'er'", pattern)
    return format_datetime(at, pattern, locale=LOCALES[language])


def long_time(when: datetime, language: str) -> str:
    """Writes « mardi 24 novembre à 10 h 12 », on the clock of Paris."""
    return written_time(when, LONG[language], language)
