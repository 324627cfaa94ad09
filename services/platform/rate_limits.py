"""Limits that hold over every replica, because PostgreSQL keeps the count.

One row a key holds the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371): a
limit of n per period lets n calls through at once, then one each period/n.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode
from sqlalchemy import Column, DateTime, MetaData, String, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.platform.errors import ResourceExhausted

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Rate:
    """So many in a period."""

    count: int
    period: timedelta

    @classmethod
    def parse(cls, written: object) -> "Rate":
        """Reads `20/h`, `5/15m`. Anything else: ValueError."""
        if isinstance(written, Rate):
            return written
        match = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,3})?([smhd])", str(written))
        if match is None:
            raise ValueError("a limit is written like 20/h or 5/15m")
        count, times, unit = match.groups()
        rate = cls(int(count), timedelta(**{UNITS[unit]: int(times or 1)}))
        if not rate.step:
            raise ValueError("a limit of more than a million each second is none")
        return rate

    @property
    def step(self) -> timedelta:
        """How long one use takes to be free again."""
        return self.period / self.count


RateSetting = Annotated[Rate, NoDecode, BeforeValidator(Rate.parse)]


def rate_limits_table(metadata: MetaData) -> Table:
    return Table(
        "rate_limits",
        metadata,
        Column("key", String(200), primary_key=True),
        Column("arrives_at", DateTime(timezone=True), nullable=False, index=True),
    )


SPEND = text(
    """
    INSERT INTO rate_limits AS held (key, arrives_at)
    VALUES (:key, clock_timestamp() + :step)
    ON CONFLICT (key) DO UPDATE
        SET arrives_at = greatest(held.arrives_at, clock_timestamp()) + :step
        WHERE greatest(held.arrives_at, clock_timestamp()) + :step <= clock_timestamp() + :period
    RETURNING arrives_at
    """
)
REMAINING = text(
    "SELECT arrives_at + CAST(:step AS interval) - CAST(:period AS interval) - clock_timestamp()"
    " FROM rate_limits WHERE key = :key"
)
GIVE_BACK = text("UPDATE rate_limits SET arrives_at = arrives_at - CAST(:step AS interval) WHERE key = :key")
FORGET = text("DELETE FROM rate_limits WHERE arrives_at < :before")


async def spend(session: AsyncSession, rate: Rate, *key: str) -> None:
    """Counts one use of a key against its rate.

    Commit the session whatever else fails: what is counted must not be rolled back with a refused call.

    Raises:
        ResourceExhausted: rate_limited, with the time after which one use is free again.
    """
    parameters = {"key": ":".join(key)[:200], "step": rate.step, "period": rate.period}
    if (await session.execute(SPEND, parameters)).scalar() is not None:
        return
    remaining = (await session.execute(REMAINING, parameters)).scalar() or timedelta()
    raise ResourceExhausted("rate_limited", retry_after=max(remaining, timedelta(seconds=1)))


async def give_back(session: AsyncSession, rate: Rate, *key: str) -> None:
    """Takes back one counted use, where only failures count: spend before trying, give back on success."""
    await session.execute(GIVE_BACK, {"key": ":".join(key)[:200], "step": rate.step})


async def forget_limits(session: AsyncSession, before: datetime) -> None:
    """Removes the rows that limit nothing any more."""
    await session.execute(FORGET, {"before": before})
