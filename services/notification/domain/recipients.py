"""Whom a mail goes to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from services.notification.domain.parameters import line
from services.platform.errors import InvalidArgument

MOST_RECIPIENTS = 1_000
LONGEST_ID = 100


class Audience(StrEnum):
    """In which part somebody is told."""

    ACCOUNT = "account"
    CONTACT = "contact"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Recipient:
    """One person to tell. `language` is "fr" or "en"; `name` may be empty."""

    recipient_id: str
    email: str
    name: str
    language: str

    @property
    def audience(self) -> Audience:
        prefix, colon, _ = self.recipient_id.partition(":")
        return Audience(prefix) if colon and prefix in ("contact", "operator") else Audience.ACCOUNT


def recipient(*, recipient_id: str, email: str, name: str, locale: str) -> Recipient:
    """Returns a recipient to whom a mail can be addressed.

    Raises:
        InvalidArgument: parameter_missing, parameter_invalid (its id or name), email_invalid.
    """
    require_id(recipient_id)
    try:
        greeted = line(name)
    except ValueError as error:
        raise InvalidArgument("parameter_invalid", field="name") from error
    language = "en" if locale.lower().partition("-")[0] == "en" else "fr"
    return Recipient(recipient_id, address(email), greeted, language)


def require_id(recipient_id: str) -> None:
    """Raises InvalidArgument: parameter_missing, parameter_invalid."""
    if not recipient_id:
        raise InvalidArgument("parameter_missing", field="recipient_id")
    if len(recipient_id) > LONGEST_ID or not recipient_id.isprintable():
        raise InvalidArgument("parameter_invalid", field="recipient_id")


def address(email: str) -> str:
    """Returns a single mail address as the envelope takes it, or raises InvalidArgument: email_invalid."""
    try:
        valid = validate_email(
            email,
            check_deliverability=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise InvalidArgument("email_invalid", field="email") from error
    return f"{valid.local_part}@{valid.ascii_domain}"


def each_once(recipients: Iterable[Recipient]) -> dict[str, Recipient]:
    """Returns recipients by their id: who is named twice is told once.

    Raises:
        InvalidArgument: too_many_recipients.
    """
    found = {one.recipient_id: one for one in recipients}
    require_few(found)
    return found


def distinct_ids(recipient_ids: Iterable[str]) -> list[str]:
    """Returns each id once.

    Raises:
        InvalidArgument: parameter_missing, parameter_invalid, too_many_recipients.
    """
    found = list(dict.fromkeys(recipient_ids))
    require_few(found)
    for recipient_id in found:
        require_id(recipient_id)
    return found


def require_few(recipients: Collection[str]) -> None:
    if len(recipients) > MOST_RECIPIENTS:
        raise InvalidArgument("too_many_recipients", field="recipients")
