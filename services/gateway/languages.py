"""Which language to answer in: the account's, else the first that Accept-Language and Guichet share."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
PARIS = ZoneInfo("Europe/Paris")
LONGEST_HEADER = 200
WIDE = re.compile(r" (?=[:»])|(?<=«) ")
NARROW = re.compile(r" (?=[;?!])|(?<=\d) (?=\d{3}(?!\d))")


@cache
def translated(subject: str, language: str) -> Mapping[str, Any]:
    """Returns the texts of `translations/<language>/<subject>.toml`; French ones with its no-break spaces."""
    texts = tomllib.loads((TRANSLATIONS / language / f"{subject}.toml").read_text(encoding="utf-8"))
    return typeset(texts) if language == "fr" else texts


def typeset(texts: Any) -> Any:
    """Puts no-break spaces where French wants them: before : ; ? ! », after «, and inside numbers."""
    if isinstance(texts, dict):
        return {name: typeset(text) for name, text in texts.items()}
    if isinstance(texts, list):
        return [typeset(text) for text in texts]
    if isinstance(texts, str):
        return NARROW.sub("\u202f", WIDE.sub("\u00a0", texts))
    return texts


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


def moment(when: datetime, language: str) -> str:
    """Writes a time for people, on the clock of Paris."""
    local = when.astimezone(PARIS)
    if language == "fr":
        return f"{local:%d/%m/%Y} à {local:%H:%M} (heure de Paris)"
    return f"{local:%Y-%m-%d} at {local:%H:%M} (Paris time)"
