"""How pages write times, numbers and names. Times are told on the clock of Paris."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from babel.dates import format_timedelta
from babel.lists import format_list
from google.protobuf.timestamp_pb2 import Timestamp
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from services.gateway.languages import LOCALES, LONG, PARIS, siren, written_time
from services.gateway.messages import moment
from services.gateway.pages.devices import device
from services.gateway.tools import closed_to, in_language, opening_address

SHORT = {"fr": "EEE\u00a0d\u00a0MMM, HH:mm", "en": "EEE\u00a0d\u00a0MMM, HH:mm"}
CLOCK = {"fr": "H\u00a0'h'\u00a0mm", "en": "HH:mm"}
DAY = {"fr": "EEEE d\u00a0MMMM y", "en": "EEEE d\u00a0MMMM y"}
AT_CLOCK = {"fr": "'à' HH:mm", "en": "'at' HH:mm"}
DAY_AND_CLOCK = {"fr": "'le' d MMMM 'à' HH:mm", "en": "'on' d MMMM 'at' HH:mm"}

Time = Timestamp | datetime


def local(time: Time) -> datetime:
    return (moment(time) if isinstance(time, Timestamp) else time).astimezone(PARIS)


def written(context: Context, time: Time, pattern: Mapping[str, str]) -> Markup:
    """Returns `<time>`: for people in their language, for programs in UTC."""
    language = context["language"]
    at = local(time)
    text = written_time(at, pattern[language], language)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), text)


@pass_context
def short_time(context: Context, time: Time) -> Markup:
    """Writes « mar. 24 nov., 10:12 »."""
    return written(context, time, SHORT)


@pass_context
def long_time(context: Context, time: Time) -> Markup:
    """Writes « mardi 24 novembre à 10 h 12 »."""
    return written(context, time, LONG)


@pass_context
def clock_time(context: Context, time: Time) -> Markup:
    """Writes « 10 h 12 »."""
    return written(context, time, CLOCK)


@pass_context
def day(context: Context, time: Time) -> Markup:
    """Writes « mardi 24 novembre 2026 »."""
    return written(context, time, DAY)


@pass_context
def at_time(context: Context, time: Time) -> Markup:
    """Writes « à 10:42 » of today, and « le 23 novembre à 10:42 » of any other day."""
    today = local(datetime.now(UTC)).date() == local(time).date()
    return written(context, time, AT_CLOCK if today else DAY_AND_CLOCK)


@pass_context
def ago(context: Context, time: Time) -> str:
    """Writes « il y a 2 jours »; what is less than a minute old is « à l’instant »."""
    language = context["language"]
    age = datetime.now(UTC) - local(time)
    if age < timedelta(minutes=1):
        return str(context["t"]["common"]["just_now"])
    return format_timedelta(
        -age, granularity="minute", threshold=1, add_direction=True, locale=LOCALES[language]
    )


def listed(names: Sequence[str], language: str) -> str:
    """Writes « Claire Morel, Bruno Petit et Chloé O'Brien »."""
    return format_list(names, locale=LOCALES[language])


def rich(text: str) -> Markup:
    """Makes a text of ours take values that hold markup; `.format()` escapes all others."""
    return Markup(text)  # noqa: S704  # texts come from translations/, never from people


@pass_context
def counted(context: Context, texts: Mapping[str, str], number: int) -> str:
    """Returns the text for a number, `one` or `other`, with {n} filled in. French counts 0 like 1."""
    one = number == 1 or (number == 0 and context["language"] == "fr")
    return texts["one" if one else "other"].replace("{n}", str(number))


def initials(name: str) -> str:
    """Returns the first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


FILTERS = {
    "short_time": short_time,
    "long_time": long_time,
    "clock_time": clock_time,
    "day": day,
    "at_time": at_time,
    "ago": ago,
    "listed": listed,
    "rich": rich,
    "counted": counted,
    "siren": siren,
    "initials": initials,
    "device": device,
    "in_language": in_language,
    "closed_to": closed_to,
    "opening_address": opening_address,
}
