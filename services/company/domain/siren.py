"""The Siren: nine digits that INSEE gives to a company, the last one a check digit."""

from stdnum.fr import siren as stdnum_siren

from services.company.domain.errors import NotFoundHere
from services.platform.errors import InvalidArgument

SIREN_DIGITS = 9
SIRET_DIGITS = 14
NOBODY = "000000000"


def parse_siren(written: str) -> str:
    """Returns the nine digits of a Siren; spaces of any kind are ignored.

    Raises:
        InvalidArgument: siren_invalid, siret_given.
    """
    digits = "".join(written.split())
    if digits.isascii() and digits.isdigit():
        if len(digits) == SIRET_DIGITS:
            raise InvalidArgument("siret_given", field="siren")
        if len(digits) == SIREN_DIGITS and digits != NOBODY and stdnum_siren.is_valid(digits):
            return digits
    raise InvalidArgument("siren_invalid", field="siren")


def known_siren(written: str) -> str:
    """Returns the Siren that names a resource, or raises NotFoundHere where it is none."""
    try:
        return parse_siren(written)
    except InvalidArgument:
        raise NotFoundHere from None
