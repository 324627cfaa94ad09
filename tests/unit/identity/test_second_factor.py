"""Codes of applications and recovery codes, as rules."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest

from services.identity.domain.recovery_codes import normal_recovery_code, recovery_codes
from services.identity.domain.totp import accepted_step, otpauth_uri, written_secret

# The secret and the last six of the eight digits of RFC 6238, appendix B (SHA-1).
SECRET = b"12345678901234567890"
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert accepted_step(SECRET, code, at=at, after=0) == seconds // 30


def test_a_code_is_accepted_half_a_minute_around_its_own_and_never_again() -> None:
    at, step = datetime.fromtimestamp(1234567890, UTC), 1234567890 // 30
    for seconds, accepted in ((-31, None), (-30, step), (0, step), (59, step), (60, None)):
        assert accepted_step(SECRET, "005924", at=at + timedelta(seconds=seconds), after=0) == accepted
    assert accepted_step(SECRET, "005924", at=at, after=step) is None


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "２８７０８２", "287082a", "\ud800"])
def test_what_is_not_the_code_is_not_accepted(typed: str) -> None:
    assert accepted_step(SECRET, typed, at=datetime.fromtimestamp(59, UTC), after=0) is None


def test_an_address_for_applications_names_the_portal_and_the_account() -> None:
    uri = otpauth_uri(SECRET + b"never shown", email="claire+x@example.com")
    assert uri.startswith("otpauth://totp/Guichet:claire%2Bx%40example.com?secret=")
    assert written_secret(SECRET) == written_secret(SECRET + b"never shown")


def test_recovery_codes_are_ten_and_read_as_one_likes() -> None:
    derived = {f"recovery_code_{number}": token_bytes(32) for number in range(10)}
    codes = recovery_codes(derived.__getitem__)
    assert len(set(codes)) == 10
    assert recovery_codes(derived.__getitem__) == codes
    for code in codes:
        assert normal_recovery_code(code) == normal_recovery_code(f" {code.upper().replace('-', ' ')}")
        assert not set(code) & set("01ilo")
