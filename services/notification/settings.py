"""What the notification service reads from its environment."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from services.notification.domain.parameters import line
from services.notification.domain.recipients import address
from services.platform.errors import InvalidArgument
from services.platform.settings import DatabaseSettings, RelaySettings


def one_address(written: str) -> str:
    try:
        return address(written)
    except InvalidArgument:
        raise ValueError("not an e-mail address") from None


Address = Annotated[str, AfterValidator(one_address)]
Line = Annotated[str, AfterValidator(line), Field(min_length=1, max_length=100)]


class SmtpSettings(DatabaseSettings, RelaySettings):
    """The relay that takes the mails.

    `smtp_timeout` is for each answer of the relay, in seconds; `smtp_connections` how many this process
    opens at once.
    """

    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout: float = Field(10, gt=0, le=60)
    smtp_connections: int = Field(10, ge=1, le=100)


class Settings(SmtpSettings):
    """Who speaks in the mails.

    `organisation` is the name as it stands inside a French sentence, `organisation_en` inside an English
    one. `support_email` is where an answer goes, and where a company contests. A call tries for
    `delivery_seconds` at most, then leaves the rest due.
    """

    mail_from: Address = "ne-pas-repondre@opcommerce.example"
    mail_from_name: Line = "Guichet"
    organisation: Line = "l’Opcommerce"
    organisation_en: Line = "Opcommerce"
    support_email: Address = "support@opcommerce.example"
    delivery_seconds: float = Field(20, gt=0, le=50)

    @property
    def organisations(self) -> Mapping[str, str]:
        """Returns the organisation's name by language."""
        return {"fr": self.organisation, "en": self.organisation_en}
