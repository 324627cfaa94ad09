import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.full_name import LONGEST_NAME, parse_full_name
from services.platform.errors import InvalidArgument


@pytest.mark.parametrize(
    "name",
    ["O'Brien", "Nguyễn Thị Hoa", "Надежда", "俊宇", "Jean-Pierre d’Été", "=cmd()", "محمد", "می‌خواهم", "X"],
)
def test_names_of_the_world_are_accepted(name: str) -> None:
    assert parse_full_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name", ["", " ", "\u00a0\u2003", "\u200b\u200d\ufeff", "\u2060", "\u3164", "\u2800", "\u00ad", "\u0301"]
)
def test_a_name_with_nothing_to_see_is_empty(name: str) -> None:
    with pytest.raises(InvalidArgument, match="name_empty"):
        parse_full_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Jean\nPetit",
        "Jean\r\nBcc: x",
        "Jean\x00",
        "Jean\tPetit",
        "Jean\x85",
        "Jean\u2028",
        "Jean\ud800",
        "Jean\u202egnp",
        "Jean\u2066",
        "Jean\u200f",
        "<script>",
        "a > b",
        "\ue000",
    ],
)
def test_a_name_that_could_deceive_or_break_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="invalid_text") as refused:
        parse_full_name(name)
    assert refused.value.field == "full_name"


def test_a_name_has_a_hundred_characters_at_most() -> None:
    assert parse_full_name(" " + "é" * LONGEST_NAME + " ") == "é" * LONGEST_NAME
    assert len(parse_full_name("e\u0301" * LONGEST_NAME)) == LONGEST_NAME
    for name in ("é" * (LONGEST_NAME + 1), "é" * 1_000_000):
        with pytest.raises(InvalidArgument, match="name_too_long"):
            parse_full_name(name)


@given(st.text(st.characters(), max_size=120))
def test_an_accepted_name_is_safe_to_store_and_to_show(typed: str) -> None:
    with suppress(InvalidArgument):
        check_accepted(parse_full_name(typed))


def check_accepted(name: str) -> None:
    assert 0 < len(name) <= LONGEST_NAME
    assert name == unicodedata.normalize("NFC", name).strip()
    assert parse_full_name(name) == name
    name.encode()
    assert not set(name) & set("<>\r\n\x00\u202e")
