"""What an e-mail address must be, which addresses are the same, and which look like another."""

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from services.platform.errors import InvalidArgument

LONGEST_ADDRESS_BYTES = 254
LONGEST_LOCAL_PART_BYTES = 64

# Scripts that are written together in one word: Unicode Technical Standard 39, "highly restrictive".
WRITTEN_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Small letters that pass for a Latin one. Source: the confusables of Unicode Technical Standard 39.
LATIN_LOOK_ALIKES = frozenset("асеорхуіјѕһԁԛԝӏѵαγικνορστυχօոսհյզգցքրɑɡı")


@dataclass(frozen=True)
class EmailAddress:
    """An address that can receive mail.

    `address` is as typed, in NFC, its domain in lower case and in Unicode. `key` is equal for every way
    to write the same address: another case, another normal form, the domain's ASCII twin.
    `confusable` says that it mixes scripts, or imitates Latin letters, so that it passes for another.
    """

    address: str
    key: str
    confusable: bool

    @classmethod
    def parse(cls, typed: str) -> "EmailAddress":
        """Reads what somebody typed; spaces around it are dropped.

        Raises:
            InvalidArgument: email_invalid, for whatever is not exactly one plain address: a display
                name, a quoted local part, an IP literal, a reserved domain, two addresses, too long.
        """
        if len(typed) > 2 * LONGEST_ADDRESS_BYTES:
            raise InvalidArgument("email_invalid", field="email")
        try:
            valid = validate_email(typed.strip(" "), check_deliverability=False, strict=True)
        except EmailNotValidError:
            raise InvalidArgument("email_invalid", field="email") from None
        domain = valid.ascii_domain.lower()
        if (
            len(valid.local_part.encode()) > LONGEST_LOCAL_PART_BYTES
            or len(valid.normalized.encode()) > LONGEST_ADDRESS_BYTES
            or len(valid.local_part.encode()) + 1 + len(domain) > LONGEST_ADDRESS_BYTES
        ):
            raise InvalidArgument("email_invalid", field="email")
        return cls(
            address=valid.normalized,
            key=f"{folded(valid.local_part)}@{domain}",
            confusable=any(map(is_confusable, (valid.local_part, *valid.domain.split(".")))),
        )

    @property
    def local_part(self) -> str:
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def folded(local_part: str) -> str:
    """Returns the one form of every case and normal form of a local part."""
    once = unicodedata.normalize("NFC", unicodedata.normalize("NFD", local_part).casefold())
    return unicodedata.normalize("NFC", once.casefold())


def is_confusable(word: str) -> bool:
    """Says whether a word mixes scripts, or wholly consists of letters that pass for Latin ones."""
    letters = [letter for letter in word.lower() if letter.isalpha()]
    scripts = {script_of(letter) for letter in letters}
    if any(unicodedata.normalize("NFKC", letter) != letter for letter in letters):
        return True
    if len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER):
        return True
    if scripts <= {"LATIN"}:
        return any(letter in LATIN_LOOK_ALIKES for letter in letters)
    return all(letter in LATIN_LOOK_ALIKES for letter in letters)


def script_of(letter: str) -> str:
    """Returns the first word of a letter's Unicode name, which for letters is its script."""
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0].partition("-")[0]
