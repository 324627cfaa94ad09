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

from services.platform.connections import Transaction
from services.platform.errors import ResourceExhausted

LONGEST_NAME = 200
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Rate:
    """So many in a period."""

    count: int
    period: timedelta

    @property
    def step(self) -> timedelta:
        """The time after which one use is free again."""
        return self.period / self.count

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


@dataclass(frozen=True)
class Use:
    """One use of what a rate limits."""

    rate: Rate
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        return ":".join(self.key)[:LONGEST_NAME]

    @property
    def parameters(self) -> dict[str, object]:
        return {"key": self.name, "step": self.rate.step, "period": self.rate.period}


RateSetting = Annotated[Rate, NoDecode, BeforeValidator(Rate.parse)]


def rate_limits_table(metadata: MetaData) -> Table:
    return Table(
        "rate_limits",
        metadata,
        Column("key", String(LONGEST_NAME), primary_key=True),
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
FREE_AT = text(
    """
    SELECT max(arrives_at + use.step - use.period) AS free_at, clock_timestamp() AS now
    FROM unnest(CAST(:keys AS text[]), CAST(:steps AS interval[]), CAST(:periods AS interval[]))
        AS use (key, step, period)
    JOIN rate_limits USING (key)
    """
)
GIVE_BACK = text("UPDATE rate_limits SET arrives_at = arrives_at - CAST(:step AS interval) WHERE key = :key")
FORGET = text("DELETE FROM rate_limits WHERE arrives_at < :before")


async def spend(transaction: Transaction, *uses: Use) -> None:
    """Counts uses, up to the first that is over its limit.

    Where a failed call is to count, the caller commits it all the same.

    Raises:
        ResourceExhausted: rate_limited, with the time after which one use is free again.
    """
    for use in uses:
        if (await transaction.execute(SPEND, use.parameters)).scalar() is None:
            raise limited(await longest_wait(transaction, use))


async def require_left(transaction: Transaction, *uses: Use) -> None:
    """Counts nothing: asks, in one statement, whether each of the uses would be allowed now.

    Raises:
        ResourceExhausted: rate_limited, with the time after which all of them are free again.
    """
    wait = await longest_wait(transaction, *uses)
    if wait > timedelta():
        raise limited(wait)


async def longest_wait(transaction: Transaction, *uses: Use) -> timedelta:
    free, now = await free_at(transaction, *uses)
    return free - now


async def free_at(transaction: Transaction, *uses: Use) -> tuple[datetime, datetime]:
    """Returns from when all of the uses are free, which may be past, and PostgreSQL's time of now."""
    parameters = {
        "keys": [use.name for use in uses],
        "steps": [use.rate.step for use in uses],
        "periods": [use.rate.period for use in uses],
    }
    row = (await transaction.execute(FREE_AT, parameters)).one()
    return row.free_at or row.now, row.now


def limited(wait: timedelta) -> ResourceExhausted:
    return ResourceExhausted("rate_limited", retry_after=max(wait, timedelta(seconds=1)))


async def give_back(transaction: Transaction, *uses: Use) -> None:
    """Takes back counted uses, where only failures count: spend before trying, give back on success."""
    for use in uses:
        await transaction.execute(GIVE_BACK, use.parameters)


async def forget_limits(transaction: Transaction, before: datetime) -> None:
    """Removes the rows that limit nothing any more."""
    await transaction.execute(FORGET, {"before": before})
