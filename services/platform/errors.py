"""What a rule says when it is broken: a kind, and a reason that never changes its name."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar


class DomainError(Exception):
    """A broken rule.

    `reason` is the stable code that clients branch on (lower snake case). `field` names the input at
    fault, where there is one. `retry_after` says when trying again may work. `metadata` carries what
    the reason needs to be understood, as text.
    """

    def __init__(
        self,
        reason: str,
        *,
        field: str = "",
        retry_after: timedelta | None = None,
        **metadata: str,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.retry_after = retry_after
        self.metadata = metadata


class InvalidArgument(DomainError):
    """The input is wrong whatever the state of things. `others` are what else is wrong with it."""

    others: "tuple[InvalidArgument, ...]" = ()

    @classmethod
    def together(cls, errors: "Sequence[InvalidArgument]") -> "InvalidArgument":
        """Returns one error that tells of all of these, one or more; the first gives it its reason."""
        first, *others = errors
        first.others = tuple(others)
        return first


Result = TypeVar("Result")


def checked(errors: list[InvalidArgument], rule: Callable[[str], Result], written: str) -> Result | None:
    """Returns what a rule makes of an input, or None where it refuses: the error then joins `errors`."""
    try:
        return rule(written)
    except InvalidArgument as error:
        errors.append(error)
        return None


class Unauthenticated(DomainError):
    """Nobody knows who calls."""


class PermissionDenied(DomainError):
    """The caller is known, and may not."""


class NotFound(DomainError):
    """It does not exist, or not for this caller."""


class AlreadyExists(DomainError):
    """It is there already."""


class FailedPrecondition(DomainError):
    """The state of things does not allow it."""


class ResourceExhausted(DomainError):
    """Too many, too soon."""


class Unavailable(DomainError):
    """A part that it needs is away. Trying again later may work."""
