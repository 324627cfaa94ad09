"""Whom a mail goes to."""

from collections.abc import Iterable
from hashlib import sha256

from guichet.identity.v1.account_pb2 import Account, Operator
from guichet.notification.v1.notification_service_pb2 import Recipient

CONTACT_LOCALE = "fr"


def of_accounts(accounts: Iterable[Account]) -> list[Recipient]:
    return [
        Recipient(recipient_id=one.id, email=one.email, name=one.full_name, locale=one.locale)
        for one in accounts
    ]


def of_contact(email: str) -> list[Recipient]:
    """The company's contact on file, where there is one."""
    if not email:
        return []
    return [Recipient(recipient_id=f"contact:{fingerprint(email)}", email=email, locale=CONTACT_LOCALE)]


def of_operators(operators: Iterable[Operator]) -> list[Recipient]:
    return [
        Recipient(recipient_id=f"operator:{fingerprint(one.email)}", email=one.email, locale=one.locale)
        for one in operators
    ]


def fingerprint(email: str) -> str:
    return sha256(email.casefold().encode()).hexdigest()[:20]
