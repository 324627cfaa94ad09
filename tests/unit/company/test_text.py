import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.company.domain.errors import NotFoundHere
from services.company.domain.import_row import ImportRow, check
from services.company.domain.text import identifier, is_plain, words
from services.platform.errors import InvalidArgument


def refusal(text: str, field: str = "message") -> str:
    with pytest.raises(InvalidArgument) as raised:
        words(text, field=field)
    assert raised.value.field == field
    return raised.value.reason


@given(st.text())
def test_words_are_refused_or_plain_and_normalised(text: str) -> None:
    try:
        kept = words(text, field="message")
    except InvalidArgument as error:
        assert error.reason in ("invalid_text", "message_too_long")  # noqa: PT017 - either is right
    else:
        assert is_plain(kept)
        assert kept == unicodedata.normalize("NFC", kept).strip()
        assert len(kept) <= 500


@pytest.mark.parametrize("character", ["\x00", "\r", "\n", "\x1b", "\ud800", "\u202e", "\u2066", "\u2028"])
def test_characters_that_deceive_or_break_a_line_are_refused(character: str) -> None:
    assert refusal(f"a{character}b") == "invalid_text"


@pytest.mark.parametrize("text", ["O'Brien", "Nguyễn", "Надежда", "俊宇", "👩‍💻 <3", "=cmd()", ""])
def test_what_people_write_is_accepted(text: str) -> None:
    assert words(text, field="reason") == text


def test_length_is_counted_in_normalised_characters() -> None:
    assert len(words("e\u0301" * 500, field="reason")) == 500
    assert refusal("e\u0301" * 501, "reason") == "reason_too_long"


@given(st.text())
def test_an_identifier_is_harmless_or_not_found(text: str) -> None:
    try:
        assert identifier(text).replace("-", "").isalnum()
    except NotFoundHere:
        assert not (text.isascii() and text.isalnum() and len(text) <= 40)


@given(st.builds(ImportRow, st.integers(), *[st.text()] * 5))
def test_any_line_of_an_import_is_checked_without_failing(row: ImportRow) -> None:
    normal, errors = check(row)
    for error in errors:
        assert (error.line, getattr(normal, error.column)) == (row.line, "")
    columns = {error.column for error in errors}
    for column in ("siren", "name", "member_code", "contact_email", "city"):
        assert column in columns or is_plain(getattr(normal, column))
