"""A member company as the organisation's file has it, and what can be wrong with a line of that file."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from services.company.domain.member_code import ACCEPTED, normalised
from services.company.domain.siren import parse_siren
from services.company.domain.text import is_plain
from services.platform.errors import InvalidArgument

LONGEST_NAME = 200
LONGEST_CITY = 100
LONGEST_EMAIL = 254
LONGEST_LOCAL_PART = 64


@dataclass(frozen=True)
class ImportRow:
    """One line, as written or, once checked, in its normal form. Lines count from 1."""

    line: int
    siren: str
    name: str
    member_code: str
    contact_email: str
    city: str


@dataclass(frozen=True)
class RowError:
    """What is wrong with one column of a line. `other_line` has the same Siren, for siren_duplicate."""

    line: int
    column: str
    reason: str
    other_line: int = 0


def check(row: ImportRow) -> tuple[ImportRow, list[RowError]]:
    """Returns a line in its normal form, a column at fault being empty, and what is wrong with it."""
    errors: list[RowError] = []

    def checked(column: str, rule: Callable[[str], str], written: str) -> str:
        try:
            return rule(written)
        except InvalidArgument as error:
            errors.append(RowError(row.line, column, error.reason))
            return ""

    normal = ImportRow(
        line=row.line,
        siren=checked("siren", parse_siren, row.siren),
        name=checked("name", company_name, row.name),
        member_code=checked("member_code", member_code, row.member_code),
        contact_email=checked("contact_email", contact_email, row.contact_email),
        city=checked("city", city, row.city),
    )
    return normal, errors


def company_name(written: str) -> str:
    name = one_line(written)
    if not name:
        raise InvalidArgument("name_empty")
    if len(name) > LONGEST_NAME:
        raise InvalidArgument("name_too_long")
    return name


def city(written: str) -> str:
    name = one_line(written)
    if len(name) > LONGEST_CITY:
        raise InvalidArgument("city_too_long")
    return name


def one_line(written: str) -> str:
    """Returns a name in NFC without spaces around it. Markup, controls and line breaks: invalid_text."""
    normal = unicodedata.normalize("NFC", written).strip()
    if not is_plain(normal) or "<" in normal or ">" in normal:
        raise InvalidArgument("invalid_text")
    return normal


def member_code(written: str) -> str:
    code = normalised(written)
    if ACCEPTED.fullmatch(code) is None:
        raise InvalidArgument("member_code_invalid")
    return code


def contact_email(written: str) -> str:
    """Returns an address in its normal form, or an empty text for none."""
    if not written.strip(" "):
        return ""
    try:
        address = validate_email(written.strip(" "), check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise InvalidArgument("email_invalid") from None
    if len(address.local_part) > LONGEST_LOCAL_PART or len(address.normalized) > LONGEST_EMAIL:
        raise InvalidArgument("email_invalid")
    return address.normalized
