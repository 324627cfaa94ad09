"""Which passwords are good enough. A password never appears in an error."""

import unicodedata

from zxcvbn_rs_py import zxcvbn

from services.identity.domain.email_address import EmailAddress
from services.identity.domain.french_words import FRENCH_WORDS
from services.platform.errors import InvalidArgument

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD_BYTES = 1024
# zxcvbn's scale goes from 0 to 4; 3 is "safely unguessable", 10^8 guesses.
WEAKEST_SCORE = 3
# The estimate grows faster than the text; beyond this nothing it could say matters.
ESTIMATED_CHARACTERS = 72


def check_password(password: str, *, email: EmailAddress | None, full_name: str) -> None:
    """Refuses a new password that is too short, too long or easy to guess for whoever knows the person.

    What is not known of the person is None or empty.

    Raises:
        InvalidArgument: password_too_short (under 12 characters), password_too_long (over 1,024 bytes
            of UTF-8), password_weak, invalid_text (a lone surrogate).
    """
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise InvalidArgument("invalid_text", field="password") from None
    if size > LONGEST_PASSWORD_BYTES:
        raise InvalidArgument("password_too_long", field="password")
    composed = normal_password(password)
    if len(composed) < SHORTEST_PASSWORD:
        raise InvalidArgument("password_too_short", field="password")
    if is_weak(composed, email=email, full_name=full_name):
        raise InvalidArgument("password_weak", field="password")


def is_weak(password: str, *, email: EmailAddress | None, full_name: str) -> bool:
    own_words = [full_name, *full_name.split()]
    if email is not None:
        if email.address.casefold() in password.casefold():
            return True
        own_words += [email.address, email.local_part, email.domain, *email.domain.split(".")]
        own_words += email.local_part.replace("-", ".").replace("_", ".").replace("+", ".").split(".")
    estimate = zxcvbn(
        password[:ESTIMATED_CHARACTERS], [*(word for word in own_words if len(word) > 2), *FRENCH_WORDS]
    )
    return int(estimate.score) < WEAKEST_SCORE


def normal_password(password: str) -> str:
    """Returns the form that is hashed: keyboards differ in the normal form that they type."""
    return unicodedata.normalize("NFC", password)
