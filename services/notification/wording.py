"""How values are spelled in a mail, in French and in English. Times are those of Paris."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

PARIS = ZoneInfo("Europe/Paris")
NO_BREAK = "\N{NO-BREAK SPACE}"
LONGEST_IN_SUBJECT = 60

DAYS: Mapping[str, tuple[str, ...]] = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS: Mapping[str, tuple[str, ...]] = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


def date_in(language: str, moment: datetime) -> str:
    """Returns a date: `vendredi 27 novembre 2026`, `Friday 27 November 2026`."""
    local = moment.astimezone(PARIS)
    day = f"{local.day}er" if language == "fr" and local.day == 1 else str(local.day)
    return (
        f"{DAYS[language][local.weekday()]} {day}{NO_BREAK}{MONTHS[language][local.month - 1]} {local.year}"
    )


def moment_in(language: str, moment: datetime) -> str:
    """Returns a date and time: `vendredi 27 novembre 2026 à 9 h 05`, `… at 9:05 (Paris time)`."""
    local = moment.astimezone(PARIS)
    if language == "en":
        return f"{date_in(language, moment)} at {local.hour}:{local.minute:02} (Paris time)"
    minutes = f"{NO_BREAK}{local.minute:02}" if local.minute else ""
    return f"{date_in(language, moment)} à {local.hour}{NO_BREAK}h{minutes}"


@pass_context
def spelled_date(context: Context, moment: datetime) -> str:
    return date_in(context["language"], moment)


@pass_context
def spelled_moment(context: Context, moment: datetime) -> str:
    return moment_in(context["language"], moment)


def grouped(digits: str, size: int) -> str:
    """Returns digits in groups that stay on one line: `732 829 320`."""
    bare = "".join(digits.split())
    return NO_BREAK.join(bare[start : start + size] for start in range(0, len(bare), size))


def brief(text: str) -> str:
    """Returns a name short enough for a subject."""
    return text if len(text) <= LONGEST_IN_SUBJECT else f"{text[: LONGEST_IN_SUBJECT - 1].rstrip()}…"
