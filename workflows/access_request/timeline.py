"""When an access request is reminded, escalated and expired. Pure: the time is given, never read.

A delay is ISO 8601 (`PT0.5S`, `P30D`), counted on the clock, or business days (`5bd`): it then ends in
the morning of the nth working day in France, Paris time.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Annotated
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays
from pydantic import BeforeValidator, TypeAdapter, ValidationError
from pydantic_settings import NoDecode

from workflows.access_request.messages import Deadlines

PARIS = ZoneInfo("Europe/Paris")
MORNING = time(9)
MORNING_SPREAD = timedelta(minutes=30)
LONGEST = timedelta(days=3660)
MOST_BUSINESS_DAYS = 1000

_timedelta = TypeAdapter(timedelta)


@dataclass(frozen=True)
class Delay:
    """Time on the clock, or a number of business days. Exactly one of the two is not zero."""

    clock: timedelta = timedelta()
    business_days: int = 0

    @classmethod
    def parse(cls, written: object) -> "Delay":
        """Reads `PT0.5S`, `P30D`, `5bd`. Anything else, nothing and too much: ValueError."""
        if isinstance(written, Delay):
            return written
        if match := re.fullmatch(r"([1-9][0-9]{0,3})bd", str(written)):
            days = int(match.group(1))
            if days <= MOST_BUSINESS_DAYS:
                return cls(business_days=days)
        elif re.fullmatch(r"P(?=.)[0-9.DTHMSW]+", str(written)):
            try:
                clock = _timedelta.validate_python(str(written))
            except ValidationError:
                clock = timedelta()
            if timedelta() < clock <= LONGEST:
                return cls(clock=clock)
        raise ValueError(
            f"{str(written)[:40]!r} is no delay: write ISO 8601 (PT0.5S, P30D) or business days (5bd)"
        )

    def after(self, start: datetime, *, spread_key: str = "") -> datetime:
        """Returns the end of the delay, in UTC.

        Business days end between 9:00 and 9:30 in Paris, at a moment that the key fixes, so that the
        requests of one day do not all wake up at the same second.
        """
        if not self.business_days:
            return start + self.clock
        day = nth_working_day(start.astimezone(PARIS).date(), self.business_days)
        return (datetime.combine(day, MORNING, PARIS) + share_of(MORNING_SPREAD, spread_key)).astimezone(UTC)


DelaySetting = Annotated[Delay, NoDecode, BeforeValidator(Delay.parse)]


@dataclass(frozen=True)
class Policy:
    """After how long silence has which effect, all counted from submission."""

    remind_after: Delay
    escalate_after: Delay
    expire_after: Delay

    def deadlines(self, submitted_at: datetime, spread_key: str) -> Deadlines:
        """Returns the three deadlines. A step that would come after expiry is never taken."""
        return Deadlines(
            remind_at=self.remind_after.after(submitted_at, spread_key=spread_key),
            escalate_at=self.escalate_after.after(submitted_at, spread_key=spread_key),
            expire_at=self.expire_after.after(submitted_at, spread_key=spread_key),
        )


class Step(StrEnum):
    """What time does to a pending access request."""

    REMIND = "automatic reminder"
    ESCALATE = "escalation"
    EXPIRE = "expiry"


def steps(deadlines: Deadlines) -> list[tuple[datetime, Step]]:
    """Returns what time brings, in order. Expiry is last: what would come after it never comes."""
    before_expiry = [
        (at, step)
        for at, step in ((deadlines.remind_at, Step.REMIND), (deadlines.escalate_at, Step.ESCALATE))
        if at < deadlines.expire_at
    ]
    return [*sorted(before_expiry), (deadlines.expire_at, Step.EXPIRE)]


def nth_working_day(day: date, count: int) -> date:
    """Returns the nth working day in France after a day: neither a weekend nor a public holiday."""
    return french_holidays().get_nth_working_day(day, count)


@lru_cache(maxsize=1)
def french_holidays() -> HolidayBase:
    return country_holidays("FR")


def share_of(spread: timedelta, key: str) -> timedelta:
    fraction = int.from_bytes(sha256(key.encode()).digest()[:4]) / 2**32
    return timedelta(seconds=int(spread.total_seconds() * fraction))
