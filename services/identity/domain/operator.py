"""Staff of the organisation that runs the portal."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.email_address import EmailAddress


@dataclass(eq=False)
class Operator:
    """Whom to tell what operators must know."""

    email_key: str
    email: str
    locale: str
    created_at: datetime

    @classmethod
    def create(cls, email: EmailAddress, *, locale: str, at: datetime) -> "Operator":
        return cls(email.key, email.address, locale, at)
