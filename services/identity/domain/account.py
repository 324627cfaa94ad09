"""Accounts, and the sign-ups that may become one."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.tokens import new_id
from services.platform.errors import InvalidArgument

LOCALES = ("fr", "en")
NO_PASSWORD = ""


def parse_locale(asked: str) -> str:
    """Returns "fr" or "en"; empty means "fr". Anything else: InvalidArgument (locale_invalid)."""
    locale = asked or LOCALES[0]
    if locale not in LOCALES:
        raise InvalidArgument("locale_invalid", field="locale")
    return locale


@dataclass(eq=False)
class SignUp:
    """What somebody who signed up with an address chose. It counts once the address's owner says so."""

    id: str
    account_id: str
    full_name: str
    locale: str
    password_hash: str
    created_at: datetime

    def renew(self, *, full_name: str, locale: str) -> None:
        """Takes what the same person chose the second time."""
        self.full_name = full_name
        self.locale = locale


@dataclass(eq=False)
class Account:
    """A person who can sign in, once the address is verified.

    Until then `password_hash` is empty: the passwords of its sign-ups wait beside it.
    """

    id: str
    email: str
    email_key: str
    email_confusable: bool
    full_name: str
    locale: str
    created_at: datetime
    password_hash: str = NO_PASSWORD
    verified_at: datetime | None = None
    last_sign_in_at: datetime | None = None

    @classmethod
    def create(cls, email: EmailAddress, *, full_name: str, locale: str, at: datetime) -> "Account":
        return cls(
            id=new_id(),
            email=email.address,
            email_key=email.key,
            email_confusable=email.confusable,
            full_name=full_name,
            locale=locale,
            created_at=at,
        )

    @property
    def verified(self) -> bool:
        return self.verified_at is not None

    def sign_up(self, *, full_name: str, locale: str, password_hash: str, at: datetime) -> SignUp:
        return SignUp(new_id(), self.id, full_name, locale, password_hash, at)

    def verify(self, sign_up: SignUp | None, *, at: datetime) -> None:
        """Takes the name, language and password of the sign-up whose mail the owner followed.

        Without one, nobody knows whose password counts: the account is left without. An account that is
        verified already is left as it is.
        """
        if self.verified:
            return
        self.verified_at = at
        if sign_up is not None:
            self.full_name = sign_up.full_name
            self.locale = sign_up.locale
            self.password_hash = sign_up.password_hash

    def update(self, *, full_name: str | None, locale: str | None) -> None:
        """Takes what its owner says of himself; None leaves it as it is."""
        if full_name is not None:
            self.full_name = full_name
        if locale is not None:
            self.locale = locale

    def choose_password(self, password_hash: str, *, at: datetime) -> None:
        """Sets a password by a link that was mailed, or in a session: either has proven the address."""
        self.password_hash = password_hash
        self.verified_at = self.verified_at or at
