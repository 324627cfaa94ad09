"""When which key signs, and how long others must be able to verify with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Between two clocks, and for an answer to arrive.
LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True)
class SigningKey:
    """A key pair. It signs from `starts_at` until the next one of its algorithm does.

    `public_jwk` is JSON, `private_jwk` is it with the private part, encrypted.
    """

    id: str
    algorithm: str
    public_jwk: str
    private_jwk: str
    created_at: datetime
    starts_at: datetime


def next_start(
    keys: Sequence[SigningKey], *, at: datetime, life: timedelta, ahead: timedelta
) -> datetime | None:
    """Returns from when a new key of one algorithm is to sign, or None where none is needed yet.

    Each signs for `life`, and the next one is published `ahead` of that. The first signs at once.
    """
    if not keys:
        return at
    ends_at = max(key.starts_at for key in keys) + life
    return max(ends_at, at + ahead) if ends_at - ahead <= at else None


def published(keys: Iterable[SigningKey], *, at: datetime, longest_token: timedelta) -> list[SigningKey]:
    """Returns the keys of one algorithm that others need: to come, present, and those whose tokens last."""
    newest_first = sorted(keys, key=lambda key: key.starts_at, reverse=True)
    needed: list[SigningKey] = []
    for key in newest_first:
        if needed and needed[-1].starts_at + longest_token + LEEWAY <= at:
            break
        needed.append(key)
    return needed
