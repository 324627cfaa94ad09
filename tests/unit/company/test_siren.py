import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError
from stdnum import luhn

from services.company.domain.errors import NotFoundHere
from services.company.domain.siren import known_siren, parse_siren
from services.gateway.fields import SIREN, siren_of, without_spaces
from services.platform.errors import InvalidArgument

eight_digits = st.text("0123456789", min_size=8, max_size=8)
sirens = eight_digits.map(lambda first: first + str(luhn.calc_check_digit(first))).filter(
    lambda s: int(s) > 0
)


def reason_of(written: str) -> str:
    with pytest.raises(InvalidArgument) as raised:
        parse_siren(written)
    assert raised.value.field == "siren"
    return raised.value.reason


@given(sirens, st.lists(st.tuples(st.integers(0, 9), st.sampled_from(" \t\u00a0\u202f\u2009")), max_size=6))
def test_spaces_of_any_kind_are_ignored(siren: str, spaces: list[tuple[int, str]]) -> None:
    written = siren
    for at, space in spaces:
        written = written[:at] + space + written[at:]
    assert parse_siren(written) == siren


@given(sirens, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_refused(siren: str, at: int, by: int) -> None:
    digit = str((int(siren[at]) + by) % 10)
    assert reason_of(siren[:at] + digit + siren[at + 1 :]) == "siren_invalid"


@given(sirens, st.sampled_from("٠０०"))
def test_digits_of_other_scripts_are_refused(siren: str, zero: str) -> None:
    assert reason_of("".join(chr(ord(zero) + int(digit)) for digit in siren)) == "siren_invalid"


@given(st.text("0123456789", min_size=14, max_size=14))
def test_fourteen_digits_are_taken_for_a_siret(siret: str) -> None:
    assert reason_of(siret) == "siret_given"


@given(st.text())
def test_any_text_is_a_siren_or_refused(written: str) -> None:
    try:
        siren = parse_siren(written)
    except InvalidArgument:
        with pytest.raises(NotFoundHere):
            known_siren(written)
    else:
        assert len(siren) == 9
        assert luhn.is_valid(siren)


def test_a_siren_of_zeros_is_refused() -> None:
    assert reason_of("000000000") == "siren_invalid"


def test_dots_are_not_spaces() -> None:
    assert reason_of("732.829.320") == "siren_invalid"


@given(sirens)
def test_a_siren_is_read_again_as_people_and_machines_write_it(siren: str) -> None:
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    assert parse_siren(parse_siren(spaced)) == parse_siren(siren) == siren


@given(st.text() | st.text("0123456789 \u00a0\u202f٠０", max_size=16))
def test_the_gateway_and_the_service_read_the_same_siren(written: str) -> None:
    try:
        digits = siren_of(written)
    except PydanticCustomError as error:
        assert error.type in ("siren_invalid", "siret_given")  # noqa: PT017 - either is right
        assert not SIREN.fullmatch(without_spaces(written))
    else:
        assert without_spaces(digits) == digits
        try:
            assert parse_siren(digits) == digits
        except InvalidArgument as refused:
            assert refused.reason == "siren_invalid"  # noqa: PT017 - the check digit
