"""Opaque page tokens for keyset paging, bound to the filter that they continue."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from services.platform.errors import InvalidArgument

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 100


def page_size_of(asked: int) -> int:
    """Returns the size of a page: 50 where none is asked for, 100 at most. Negative: InvalidArgument."""
    if asked < 0:
        raise InvalidArgument("invalid_limit", field="limit")
    return min(asked, LARGEST_PAGE_SIZE) or DEFAULT_PAGE_SIZE


def page_token(last: Sequence[str], *, filter_: Sequence[str]) -> str:
    """Returns the token of the page after the row whose key is `last`."""
    content = json.dumps([checksum(last, filter_), *last], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def key_after(token: str, *, filter_: Sequence[str], parts: int) -> tuple[str, ...] | None:
    """Returns the key to continue after, of so many parts, or None for the first page.

    Raises:
        InvalidArgument: invalid_cursor, for a token that is none, was changed, belongs to another filter, or
            whose key has characters that no key has.
    """
    if not token:
        return None
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        _, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidArgument("invalid_cursor", field="cursor") from None
    if (
        len(key) != parts
        or not all(isinstance(part, str) and part.isprintable() for part in key)
        or token != page_token(key, filter_=filter_)
    ):
        raise InvalidArgument("invalid_cursor", field="cursor")
    return tuple(key)


def moment_of(part: str) -> datetime:
    """Returns the moment in a key, in UTC; for what is none: InvalidArgument (invalid_cursor)."""
    try:
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidArgument("invalid_cursor", field="cursor")


def checksum(key: Sequence[str], filter_: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps([*map(list, (key, filter_))]).encode()).hexdigest()[:12]
